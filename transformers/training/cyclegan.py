"""CycleGAN: two generators, each undoing what the other does."""

from transformers import losses
from transformers.backend import keras
from transformers.training.unpaired import Unpaired

ops = keras.ops


class CycleGAN(Unpaired):
    """Two generators, each undoing what the other does (Zhu et al. 2017)."""

    directions = ("forward", "backward")

    def _imitate(self, a, pair):
        (made,), (back,) = self._make("forward", a), self._make("backward", pair)
        parts = {"pairs": losses.l1(pair, made) + losses.l1(a, back)}
        parts |= self._perceptual((pair, made), (a, back))
        parts["spread"] = ops.mean(ops.std(made, axis=0))
        return self._sum(parts), parts

    def _translate(self, a, b, pair, draws):
        identity, kept, parts = bool(self.loss_weights.identity), bool(self.loss_weights.kept), {}
        made_b, *same_b = self._make("forward", a, *[b] * identity)
        made_a, *others = self._make("backward", b, *[a] * identity, *[pair] * kept)
        if kept:
            parts["pairs"] = losses.l1(pair, made_b) + losses.l1(a, others[-1])
        if identity:
            parts["identity"] = losses.l1(b, same_b[0]) + losses.l1(a, others[0])
        # Pairs say what content is. Then no gradient need pass from the way back to the way there,
        # which would learn to hide in its result what the other needs (Chu et al. 2017). Where one of them does
        # not learn, they cannot agree on a hiding place.
        apart = kept and not self.only
        given = [ops.stop_gradient(made) if apart else made for made in (made_b, made_a)]
        (again_a,), (again_b,) = self._make("backward", given[0]), self._make("forward", given[1])
        parts["content"] = losses.l1(a, again_a) + losses.l1(b, again_b)
        parts |= self._perceptual((a, again_a))
        parts["adversarial"] = self._verdict_on("forward", made_b, draws) + self._verdict_on(
            "backward", made_a, draws
        )
        parts["spread"] = ops.mean(ops.std(made_b, axis=0))
        fakes = {"forward": ops.stop_gradient(made_b), "backward": ops.stop_gradient(made_a)}
        return self._sum(parts), (parts, fakes)

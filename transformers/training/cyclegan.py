"""CycleGAN: two generators, each the inverse of the other."""

from transformers import losses
from transformers.backend import Tensor, keras
from transformers.training.unpaired import Unpaired

ops = keras.ops


class CycleGAN(Unpaired):
    """Two generators, each trained to be the inverse of the other (Zhu et al. 2017); see `Unpaired`."""

    directions = ("forward", "backward")

    def _pair_loss(self, a: Tensor, seen: Tensor, pair: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        (fake_b,), (fake_a,) = self._generate("forward", seen), self._generate("backward", pair)
        parts = {"pairs": losses.l1(pair, fake_b) + losses.l1(a, fake_a)}
        parts |= self._perceptual_loss((pair, fake_b), (a, fake_a))
        parts["output_std"] = ops.mean(ops.std(fake_b, axis=0))
        return self._weighted_sum(parts), parts

    def _generator_loss(
        self, a: Tensor, seen: Tensor, b: Tensor, pair: Tensor, draws: dict[str, Tensor]
    ) -> tuple[Tensor, tuple]:
        paired, parts = bool(self.loss_weights.kept), {}
        identity = bool(self.loss_weights.identity) and not self.prepared
        fake_b, *same_b = self._generate("forward", seen, *[b] * identity)
        fake_a, *others = self._generate("backward", b, *[a] * identity, *[pair] * paired)
        if paired:
            parts["pairs"] = losses.l1(pair, fake_b) + losses.l1(a, others[-1])
        if identity:
            parts["identity"] = losses.l1(b, same_b[0]) + losses.l1(a, others[0])
        # Pairs define the content. Then no gradient need pass from the way back to the way there, which would
        # learn to hide information for the way back in its output (Chu et al. 2017). Where only one of the two
        # learns, they cannot agree on a hiding place.
        detach = paired and not self.only
        given_b, given_a = (ops.stop_gradient(fake) if detach else fake for fake in (fake_b, fake_a))
        (cycled_a,) = self._generate("backward", given_b)
        parts["content"] = losses.l1(a, cycled_a)
        if not self.prepared:
            (cycled_b,) = self._generate("forward", given_a)
            parts["content"] = parts["content"] + losses.l1(b, cycled_b)
        parts |= self._perceptual_loss((a, cycled_a))
        parts["adversarial"] = self._adversarial_loss("forward", fake_b, draws) + self._adversarial_loss(
            "backward", fake_a, draws
        )
        parts["output_std"] = ops.mean(ops.std(fake_b, axis=0))
        fakes = {"forward": ops.stop_gradient(fake_b), "backward": ops.stop_gradient(fake_a)}
        return self._weighted_sum(parts), (parts, fakes)

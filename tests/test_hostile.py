"""Files of strangers: none runs code, leads elsewhere, takes all memory or ends in anything but a line."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import fuzz
import h5py
import numpy as np
import pytest
from PIL import Image

from experiments.cli.results import COLUMNS, LIST, Results
from experiments.datasets.crops import load_crops
from filters import PictureError, measures
from filters.io import pictures, turns
from transformers import pretrained
from transformers.pretrained import WeightsError

ROOT = Path(__file__).parent.parent


class TestFuzzing:
    """A few of the inputs of tests/fuzz.py, which has made 100,000 of the reader's."""

    @pytest.mark.parametrize(("target", "count"), [("reader", 400), *((name, 25) for name in fuzz.TARGETS)])
    def test_nothing_but_our_errors(self, target, count):
        *findings, numbers = fuzz.run(target, count)
        assert not findings, "\n".join([*findings, numbers])

    def test_findings_are_told(self, monkeypatch):
        def target():
            return lambda rng, folder: lambda: {}["no error of ours"]

        monkeypatch.setitem(fuzz.TARGETS, "broken", target)
        first, second, numbers = fuzz.run("broken", 2)
        assert "KeyError" in first and "KeyError" in second and "2 findings" in numbers


class TestPictures:
    def test_what_claims_far_more_pixels_than_it_has_bytes(self, tmp_path):
        Image.new("L", (20, 24)).save(tmp_path / "a.gif")
        data = bytearray((tmp_path / "a.gif").read_bytes())
        data[6:10] = (12_000).to_bytes(2, "little") * 2
        with pytest.raises(PictureError, match=r"a.gif has 12000x12000 pixels in .* bytes, as no photograph has"):
            pictures.decode(bytes(data), "a.gif")

    def test_lengths_of_chunks_are_not_believed(self):
        kinds = fuzz.reader_seeds()
        data = next(data for kind, data in kinds if kind == ".png" and data[24] == 16)
        at = data.index(b"IDAT") - 4
        for length in (0xFF000000, len(data)):
            with pytest.raises(PictureError, match="damaged"):
                pictures.decode(data[:at] + length.to_bytes(4, "big") + data[at + 4 :], "deep.png")

    def test_threads_hold_few_pixels_at_a_time(self):
        import threading

        held, most, line = turns.Turns(100), [], threading.Barrier(6)

        def work(amount):
            line.wait()
            with held.of(amount):
                most.append(held.held)
                time.sleep(0.01)

        threads = [threading.Thread(target=work, args=(amount,)) for amount in (40, 40, 40, 90, 300, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(most) == 6 and held.held == 0
        # More than the most is held by one that is larger, alone.
        assert all(amount <= 100 or amount == 300 for amount in most)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A network, and a file of its weights."""
    from transformers.networks.painter import painter

    network, path = painter("tiny"), tmp_path_factory.mktemp("weights") / "sound.weights.h5"
    pretrained.save_weights(network, path)
    return network, path


class TestWeights:
    def changed(self, small, tmp_path, change):
        """Return the refusal of the weights after a change of the file."""
        network, sound = small
        path = tmp_path / "strange.weights.h5"
        path.write_bytes(sound.read_bytes())
        names = []
        with h5py.File(path, "a") as file:
            file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            change(file, names[0])
        before = [value.copy() for value in network.get_weights()]
        with pytest.raises(WeightsError, match=r"strange\.weights\.h5") as refused:
            pretrained.load_weights(network, path)
        assert all((a == b).all() for a, b in zip(before, network.get_weights(), strict=True))
        return str(refused.value)

    def test_sound_ones_are_loaded(self, small):
        pretrained.load_weights(*small)

    def test_links_to_other_files(self, small, tmp_path):
        with h5py.File(tmp_path / "secret.h5", "w") as other:
            other["x"] = np.zeros(3)

        def link(file, name):
            del file[name]
            file[name] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "x")

        assert "links to other files" in self.changed(small, tmp_path, link)

    def test_content_of_other_files(self, small, tmp_path):
        (tmp_path / "secret").write_bytes(bytes(64))

        def outside(file, name):
            shape = file[name].shape
            del file[name]
            size = 4 * int(np.prod(shape))
            file.create_dataset(name, shape, "f4", external=[(str(tmp_path / "secret"), 0, size)])

        def virtual(file, name):
            shape = file[name].shape
            del file[name]
            layout = h5py.VirtualLayout(shape, "f4")
            layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "x", shape)
            file.create_virtual_dataset(name, layout)

        for change in (outside, virtual):
            assert "content of other files" in self.changed(small, tmp_path, change)

    def test_sizes_that_no_memory_holds(self, small, tmp_path):
        def huge(file, name):
            del file[name]
            file.create_dataset(name, (10**9, 10**6), "f4", chunks=(1000, 1000), compression="gzip")

        assert "more numbers than the network has" in self.changed(small, tmp_path, huge)

    def test_other_things_than_numbers(self, small, tmp_path):
        def text(file, name):
            del file[name]
            file.create_dataset(name, data=["os.system('x')"], dtype=h5py.string_dtype())

        assert "other things than numbers" in self.changed(small, tmp_path, text)

    def test_circles(self, small, tmp_path):
        def circle(file, name):
            file[name].parent["again"] = file["/"]

        assert "one thing in several places" in self.changed(small, tmp_path, circle)

    @pytest.mark.parametrize("name", ["x.keras", "x.pkl", "x.weights.json"])
    def test_other_files(self, small, tmp_path, name):
        (tmp_path / name).write_bytes(b"\x80\x04c__builtin__\neval\n")
        with pytest.raises(WeightsError, match=rf"{name} is no weights file.*choose other weights"):
            pretrained.load_weights(small[0], tmp_path / name)


class TestTables:
    @pytest.mark.parametrize("crop", ["../secret.png", "/etc/passwd", "a/../../secret.png"])
    def test_crops_outside_of_the_folder(self, tmp_path, noise, crop):
        folder = tmp_path / "faces"
        pictures.write(tmp_path / "secret.png", noise(48, 36))
        folder.mkdir()
        row = dict.fromkeys(measures.COLUMNS, "1") | {"crop": crop, "split": "train"}
        (folder / "faces.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
        with pytest.raises(PictureError, match=r"faces.csv names a crop outside of its folder.*cut the faces"):
            load_crops(folder)

    @pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/../../out"])
    def test_results_outside_of_the_folder(self, tmp_path, noise, name):
        folder, source = tmp_path / "results", tmp_path / "a.png"
        pictures.write(source, noise(4, 4))
        folder.mkdir()
        (folder / LIST).write_text(",".join(COLUMNS) + f"\n{name}.png,{source.resolve()},ab,{name},cd\n")
        assert Results(folder).names([source]) == [folder / "a.png"]

    def test_one_name_of_two_sources(self, tmp_path, noise):
        sources = [tmp_path / "a.png", tmp_path / "b.png"]
        for seed, source in enumerate(sources):
            pictures.write(source, noise(4, 4, seed))
        rows = "".join(f"x.png,{source.resolve()},ab,x,cd\n" for source in sources)
        (tmp_path / LIST).write_text(",".join(COLUMNS) + "\n" + rows)
        assert sorted(p.name for p in Results(tmp_path).names(sources)) == ["a.png", "x.png"]


def test_no_markup_of_names_in_galleries(command, tmp_path, noise):
    name = "<img src=x onerror=alert(1)>{{ 7 * 7 }}"
    pictures.write(tmp_path / name / f"{name}.png", noise(4, 4))
    assert command("gallery", tmp_path / name, "--out", tmp_path / "page.html", "--title", "<script>")[0] == 0
    page = (tmp_path / "page.html").read_text()
    assert "<img src=x" not in page and "<title><script>" not in page
    data = (tmp_path / "page-files" / "page" / "data.js").read_text()
    assert "\\u003cimg src=x onerror=alert(1)\\u003e{{ 7 * 7 }}" in data and "<" not in data


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
class TestStopping:
    def started(self, *words):
        process = subprocess.Popen(
            [sys.executable, "-m", "experiments", *map(str, words)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return process

    def workers(self, parent):
        """Return the processes that work for another."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes()
                status = (folder / "stat").read_text().rpartition(")")[2].split()
                if b"spawn_main" in words and int(status[3]) == os.getsid(parent):
                    found.append(int(folder.name))
        return found

    @pytest.fixture
    def cutting(self, tmp_path, noise):
        """``cut`` of many pictures, as soon as its processes work."""
        pictures.write(tmp_path / "in" / "first.png", noise(600, 800))
        for number in range(400):  # so many that it works for long
            os.link(tmp_path / "in" / "first.png", tmp_path / "in" / f"{number}.png")
        process = self.started("cut", tmp_path / "in", "--out", tmp_path / "out", "--jobs", 2)
        for _ in range(600):
            if len(self.workers(process.pid)) == 2 or process.poll() is not None:
                break
            time.sleep(0.05)
        yield process
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def test_ctrl_c_is_one_line_with_workers_too(self, cutting):
        os.killpg(cutting.pid, signal.SIGINT)
        _, said = cutting.communicate(timeout=60)
        assert cutting.returncode == 130 and said == "stopped; what was finished is kept\n"

    def test_ctrl_c_waits_until_workers_are_started_whoever_hears_it(self):
        """Python stops the main thread for a signal that any thread gets, unless it is told not to."""
        from experiments.cli import workers

        begun, done = threading.Event(), []

        def hear():
            begun.wait()
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)

        other = threading.Thread(target=hear)
        other.start()
        with pytest.raises(KeyboardInterrupt), workers._deaf():
            begun.set()
            other.join()
            done.append("all started")
        assert done == ["all started"]

    def test_killed_commands_leave_no_workers(self, cutting):
        workers = self.workers(cutting.pid)
        assert len(workers) == 2
        cutting.kill()
        for _ in range(600):
            if not any(Path(f"/proc/{worker}/cmdline").exists() for worker in workers):
                return
            time.sleep(0.05)
        raise AssertionError("workers are left")

    def test_ctrl_c_that_became_another_error(self, monkeypatch, capsys):
        from experiments.cli import console

        monkeypatch.setattr(console, "interrupts", [])

        def work():
            console.interrupts.append(signal.SIGINT)
            raise ImportError("numpy could not be imported")

        with pytest.raises(SystemExit) as stop:
            console.run(work)
        assert stop.value.code == 130 and capsys.readouterr().err == "stopped; what was finished is kept\n"

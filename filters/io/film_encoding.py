"""Films as FFmpeg's libraries write them, by PyAV: H.264 in MP4, with the sound of another film."""

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.container
import numpy as np
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from filters.io.film_decoding import beginning, opened
from filters.io.film_parts import Packet
from filters.io.pictures import PathLike, Picture, Size

CODEC = "libx264"
# 18: hardly to be told from the original. The slower preset "medium" wins 2 dB and takes 2.5 times as long.
OPTIONS = {"crf": "18", "preset": "veryfast"}
INDEX_FIRST = {"movflags": "+faststart"}  # a browser plays it before it has all of it
BT_709 = 1  # FFmpeg's number of the colour space that players expect
# Parts of a frame's time, and of a second: the finer of both is taken. Fine enough for films whose frames come
# unevenly, too coarse for the rounding to milliseconds of other files.
TICKS, FINEST = 16, 400
LARGEST_PART = 1001  # denominator of a rate, as in 30000/1001
# Sound that MP4 holds and players know. FFmpeg would copy more, which browsers do not play: Vorbis, PCM, MP2.
COPIED = ("aac", "mp3", "opus", "flac", "alac", "ac3", "eac3")
LAYOUTS = {1: "mono", 6: "5.1"}  # of sound that is encoded anew, by its channels; all else becomes stereo
BITS = 96_000  # a second and channel, of such sound
HIGHEST_RATE = 48_000  # samples a second, of such sound
GAP = 0.1  # seconds in which sound is missing: kept, when longer


def count(path: PathLike) -> int:
    """Return how many frames are in a film that an `Encoder` wrote, as its index tells."""
    with opened(path) as container:
        return container.streams.video[0].frames


class Encoder:
    """Writes frames to a file, and the sound that belongs to them.

    Parameters
    ----------
    path : pathlib.Path
    rate : float
        Frames a second.
    size : tuple of int
        ``(width, height)``, both even.
    sound_of : path-like or None
        A film whose sound is taken over, if it has one.
    tell : callable
        Takes a line when that sound is left out.
    in_parts : bool
        `part` is going to be called.

    Raises
    ------
    av.error.FFmpegError
        Here and in all methods, when the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        rate: float,
        size: Size,
        sound_of: PathLike | None,
        tell: Callable[[str], None],
        in_parts: bool = False,
    ) -> None:
        self._rate = Fraction(rate).limit_denominator(LARGEST_PART)
        self._ticks = max(
            TICKS, math.ceil(FINEST / self._rate)
        )  # of a frame, where the rate alone tells its length
        self._tick = 1 / (self._rate * self._ticks)  # seconds
        self._last, self._reformatter = -self._ticks, VideoReformatter()
        self._decoded = -(1 << 60)  # when the last packet is decoded, in ticks
        self._part: list[Packet] | None = [] if in_parts else None
        self._delay: int | None = None  # ticks by which frames are decoded before they are shown
        self._source, self._tell = sound_of, tell
        # Sound as it is; where that fails, encoded anew; where that fails, none.
        for copied in (COPIED, (), None) if sound_of is not None else (None,):
            self._container = av.open(str(path.absolute()), "w", format="mp4", container_options=INDEX_FIRST)
            self._stream = self._container.add_stream(CODEC, rate=self._rate)
            self._coder = self._set_up(self._stream.codec_context, size)
            self._sound = None
            try:
                if sound_of is not None and copied is not None:
                    self._sound = _Sound(sound_of, self._container, copied)
                self._container.start_encoding()
                break
            except (FFmpegError, ValueError) as error:
                self.close()
                if copied is None or isinstance(error, OSError):
                    raise
        if copied is None and sound_of is not None:
            tell(f"{sound_of}: its sound cannot be taken over and is left out")

    def _set_up(self, context: av.VideoCodecContext, size: Size) -> av.VideoCodecContext:
        context.options = dict(OPTIONS)
        context.width, context.height, context.pix_fmt = *size, "yuv420p"
        context.framerate, context.time_base = self._rate, self._tick
        context.colorspace, context.color_range = BT_709, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        return context

    def add(self, picture: Picture, time: float | None = None) -> None:
        """Write a frame; `time` is in seconds, by default as long after the last one as the rate tells."""
        tick = self._last + self._ticks
        if time is not None:
            tick = max(self._last + 1, round(time / self._tick))
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
        frame = self._reformatter.reformat(
            frame, format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        frame.pts, frame.time_base = tick, self._tick
        self._last = tick
        self._encode(frame)

    def _encode(self, frame: av.VideoFrame | None, end: int = 0) -> None:
        packets = self._coder.encode(frame)
        for packet in packets:
            assert packet.pts is not None and packet.dts is not None  # this encoder tells both
            coded = bytes(packet), packet.pts, packet.dts, packet.is_keyframe
            if self._part is not None:
                self._part.append(coded)
            self._write(coded, end, end > 0 and packet is packets[-1])

    def _write(self, coded: Packet, end: int = 0, final: bool = False) -> None:
        data, shown, decoded, key = coded
        # Each part begins some frames early, in uneven films before the last one ends.
        decoded = self._decoded = max(decoded, self._decoded + 1)
        if self._delay is None:
            self._delay = shown - decoded
        packet = av.Packet(data)
        packet.stream, packet.time_base = self._stream, self._tick
        packet.pts, packet.dts, packet.is_keyframe = shown, decoded, key
        packet.duration = end - shown if end and shown == self._last else self._ticks
        if final:  # MP4 reckons a film's length by what is decoded last, too
            packet.duration = max(packet.duration, end - decoded - self._delay)
        with self._leaving_out_damaged_sound():
            self._container.mux(packet)
        if self._sound:
            self._sound.write(until=float(shown * self._tick))

    def _leaving_out_damaged_sound(self) -> contextlib.AbstractContextManager[None]:
        """Go on after errors that may be of sound: what is muxed waits for what belongs before it."""
        return self._sound.leaving_out_what_is_damaged() if self._sound else contextlib.nullcontext()

    def part(self) -> list[Packet]:
        """End a part of the film; return its packets, which `join` takes."""
        self._encode(None)
        size = self._coder.width, self._coder.height
        self._coder = self._set_up(av.CodecContext.create(CODEC, "w"), size)
        self._coder.flags |= Flags.global_header
        part, self._part = self._part or [], []
        return part

    def join(self, packets: Iterable[Packet]) -> None:
        """Write what an encoder of the same settings has encoded already."""
        for packet in packets:
            self._last = max(self._last, packet[1])
            self._write(packet)

    def finish(self, end: float | None = None) -> None:
        """Write what is held back, the sound until the film ends, and the file's index.

        Parameters
        ----------
        end : float, optional
            When the film ends, in seconds; by default as long after its last frame as the rate tells.
        """
        end = self._last + self._ticks if end is None else max(self._last + 1, round(end / self._tick))
        self._encode(None, end)
        if self._sound:
            self._sound.write(until=float(end * self._tick))
            self._sound.finish()
        with self._leaving_out_damaged_sound():
            self._container.close()
        self.close()
        if self._sound and not self._sound.whole:
            self._tell(f"{self._source}: a part of its sound is damaged and left out")

    def close(self) -> None:
        """Let go of all files, whatever is in them."""
        with contextlib.suppress(FFmpegError):
            self._container.close()
        if self._sound:
            self._sound.close()


class _Sound:
    """The sound of a film, all its tracks, on its way into another one; copied where the codec is in `copied`."""

    def __init__(self, path: PathLike, output: av.container.OutputContainer, copied: tuple[str, ...]) -> None:
        self.output, self.source = output, opened(path)
        self.start, self.whole = beginning(self.source), True
        self.tracks = {}  # by the index in the source: the stream in the output, whether it is encoded anew
        self.samples = {}  # by the same: how far it is encoded
        for stream in self.source.streams.audio:
            if stream.codec_context is None:
                raise ValueError("no decoder")
            anew = stream.codec_context.codec.canonical_name not in copied
            track = self._encoded(stream) if anew else output.add_stream_from_template(stream)
            if "language" in stream.metadata:
                track.metadata["language"] = stream.metadata["language"]
            self.tracks[stream.index] = track, anew
        self.packets = self.source.demux(*self.source.streams.audio) if self.tracks else iter(())
        self.next = None  # the packet that comes next, where one is read already

    def _encoded(self, stream: av.AudioStream) -> av.AudioStream:
        rates = av.Codec("aac", "w").audio_rates
        assert rates  # this encoder lists them
        rate = min(rates, key=lambda known: abs(known - min(stream.rate, HIGHEST_RATE)))
        layout = LAYOUTS.get(stream.codec_context.channels, "stereo")
        bits = BITS * av.AudioLayout(layout).nb_channels
        return self.output.add_stream("aac", rate=rate, layout=layout, bit_rate=bits)

    def write(self, until: float) -> None:
        """Write the sound before a time, in seconds."""
        while (packet := self.next or self._read()) is not None:
            if packet.pts is not None and float(packet.pts * packet.time_base) - self.start >= until:
                self.next = packet
                return
            self.next = None
            track, anew = self.tracks[packet.stream.index]
            with self.leaving_out_what_is_damaged():
                if anew:
                    for frame in packet.decode():
                        self._place(frame, packet.stream.index)
                        self.output.mux(track.encode(frame))
                elif packet.dts is not None:
                    offset = round(self.start / packet.time_base)
                    packet.pts = (packet.dts if packet.pts is None else packet.pts) - offset
                    packet.dts -= offset
                    packet.stream = track
                    self.output.mux(packet)

    def _read(self) -> av.Packet | None:
        with self.leaving_out_what_is_damaged():
            return next(self.packets, None)
        return None

    def _place(self, frame: av.AudioFrame, index: int) -> None:
        """Let a frame follow the last one, but for gaps: many files tell times too coarsely for an encoder."""
        place = self.samples.get(index)
        if frame.pts is not None and frame.time_base is not None:
            told = round((float(frame.pts * frame.time_base) - self.start) * frame.sample_rate)
            place = told if place is None or told - place > GAP * frame.sample_rate else place
        frame.pts, frame.time_base = place or 0, Fraction(1, frame.sample_rate)
        self.samples[index] = frame.pts + frame.samples

    @contextlib.contextmanager
    def leaving_out_what_is_damaged(self) -> Iterator[None]:
        """Go on after errors of sound, and remember that there were some."""
        try:
            yield
        except (FFmpegError, ValueError) as error:
            if isinstance(error, OSError):  # the disk, not the sound
                raise
            self.whole = False

    def finish(self) -> None:
        """Write what the encoders hold back."""
        for track, anew in self.tracks.values():
            if anew:
                with self.leaving_out_what_is_damaged():
                    self.output.mux(track.encode(None))

    def close(self) -> None:
        self.source.close()

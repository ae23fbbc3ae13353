"""Films as FFmpeg's libraries read them, by PyAV: damaged ones too, upright, each frame with its time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import av
import av.container
import numpy as np
from av.error import FFmpegError
from av.stream import Disposition
from av.video.reformatter import VideoReformatter

from filters.io.pictures import PathLike, Picture, PictureError, Size

# Of FFmpeg's formats those that are opened: films in files. Others are playlists, which would open further files
# and addresses, and single pictures.
FORMATS = (
    *("mov", "matroska", "avi", "asf", "mpeg", "mpegts", "mpegvideo", "ogg", "gif", "flv", "dv", "mxf", "nut"),
    *("rm", "ivf", "m4v", "h264", "hevc", "obu", "yuv4mpegpipe", "wtv", "swf", "roq", "bink", "smk", "flic", "nsv"),
)
UNSURE = 0.02  # share by which a file may be wrong about how long it is
LONGEST_GAP = 1.0  # seconds without picture or sound, in a film with sound
UNTOLD = 2  # FFmpeg's number of a colour space that is not told
FLATTEST = 4  # the most by which a pixel is wider than high, or higher than wide; what is told beyond is no shape


def opened(path: PathLike) -> av.container.InputContainer:
    """Open a file of film or sound.

    Returns
    -------
    av.container.InputContainer

    Raises
    ------
    av.error.FFmpegError
        When it is none, or damaged.
    """
    # An absolute path is taken for no address, whatever colons are in it.
    options = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "file"}
    return av.open(str(Path(path).absolute()), container_options=options, metadata_errors="replace")


def beginning(container: av.container.InputContainer) -> float:
    """Return the time at which a file's first stream begins, in seconds."""
    return (container.start_time or 0) / av.time_base


class Reader:
    """An open film.

    Attributes
    ----------
    told : int
        Frames, as the file tells; 0 where it does not.
    seconds : float
        Duration, as the file tells; 0 where it does not.
    rate : fractions.Fraction or None
        Frames a second; of an uneven film on the mean.

    Raises
    ------
    PictureError
        When it cannot be opened, or holds no film.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = path
        try:
            self.container = opened(path)
        except (FFmpegError, UnicodeError) as error:
            raise _unreadable(path) from error
        # A sound's cover is a film of one picture.
        moving = (s for s in self.container.streams.video if not s.disposition & Disposition.attached_pic)
        stream = next((stream for stream in moving if stream.codec_context is not None), None)
        if stream is None:
            self.container.close()
            raise _unreadable(path)
        self.stream = stream
        self.stream.thread_type = "AUTO"
        self.told, self.rate = self.stream.frames, self.stream.guessed_rate
        if self.rate and self.stream.average_rate and self.rate > 1.5 * self.stream.average_rate:
            self.rate = self.stream.average_rate  # of an uneven film FFmpeg guesses the finest step
        self.seconds = (self.container.duration or 0) / av.time_base
        self._ends_badly = False
        self._reached, self._missing = 0.0, 0.0  # seconds, of any stream
        self._hidden = 0  # frames that are not to be shown

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.container.close()

    def frames(self, skip: int = 0) -> Iterator[tuple[float | None, float | None, np.ndarray | None]]:
        """Yield each frame that can be read: its time and how long it stays, in seconds, and its picture.

        Time and length are None where the file does not tell them. Pixels that are no squares become squares: the
        height stays, the width fits the shape, so that whatever comes next need not know of them.

        Parameters
        ----------
        skip : int
            So many frames come first without their pictures, which is quick.

        Raises
        ------
        PictureError
            After the last one, when the file holds more; or when there is none.
        """
        done, size, reformatter = 0, None, VideoReformatter()
        start, aspect = beginning(self.container), self.stream.sample_aspect_ratio or 1
        aspect = aspect if 1 / FLATTEST <= aspect <= FLATTEST else 1
        for frame in self._decoded():
            size = size or (max(1, round(frame.width * aspect)), frame.height)
            done += 1
            yield (
                None if frame.time is None else frame.time - start,
                float(frame.duration * frame.time_base) or None if frame.time_base else None,
                _picture(frame, size, reformatter) if done > skip else None,
            )
        if not done:
            raise _unreadable(self.path)
        self._check(done)

    def end(self) -> float | None:
        """Return when the film ends, in seconds, where that is told: what frames tell of themselves is less sure.

        FFmpeg takes for a frame's length the time to the one that is decoded next, which another may be.
        """
        if (
            not self.container.format.name.startswith("mov")
            or not self.stream.duration
            or not self.stream.time_base
        ):
            return None
        ticks = (self.stream.start_time or 0) + self.stream.duration
        return float(ticks * self.stream.time_base) - beginning(self.container)

    def _decoded(self) -> Iterator[av.VideoFrame]:
        for packet in self._packets():
            if packet.stream.index == self.stream.index:
                yield from self._decode(packet)
        yield from self._decode(None)  # what the decoder holds back, where reading has broken off

    def _decode(self, packet: av.Packet | None) -> list[av.VideoFrame]:
        try:
            return self.stream.decode(packet)
        except FFmpegError:  # a frame is damaged; those after it may be whole
            return []

    def _packets(self) -> Iterator[av.Packet]:
        """Yield the packets of all streams: sound may go on where the film has ended."""
        packets = self.container.demux()
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except FFmpegError:
                self._ends_badly = True
                return
            if packet.pts is not None:
                begins = float(packet.pts * packet.time_base) - beginning(self.container)
                # Packets come in the order of decoding: of uneven films one may be shown long after the next.
                gap = begins - self._reached
                if packet.dts is not None:
                    gap -= float((packet.pts - packet.dts) * packet.time_base)
                if self.container.streams.audio and gap > LONGEST_GAP:
                    self._missing += gap
                self._reached = max(self._reached, begins + float((packet.duration or 0) * packet.time_base))
                self._ends_badly = packet.is_corrupt
                self._hidden += packet.is_discard and packet.stream.index == self.stream.index
            yield packet

    def _check(self, done: int) -> None:
        part = None
        if self.told:
            if self.told - self._hidden - done > max(2, UNSURE * self.told):
                part = f"{done} of its {self.told} frames"
        elif self.container.format.name.startswith("matroska"):  # others estimate how long they are
            read = self._reached - self._missing
            if self.seconds - read > max(0.5, UNSURE * self.seconds):
                part = f"{read:.1f} of its {self.seconds:.1f} seconds"
        elif self._ends_badly:
            part = f"only its first {self._reached:.1f} seconds"
        if part:
            raise PictureError(f"{self.path} is damaged: {part} can be read; copy or download it again")


def _unreadable(path: PathLike) -> PictureError:
    return PictureError(f"{path} is no film that FFmpeg can read, or damaged; convert it to MP4")


def _picture(frame: av.VideoFrame, size: Size, reformatter: VideoReformatter) -> Picture:
    """Return a frame at a size in square pixels, turned upright: ``uint8`` RGB ``(height, width, 3)``."""
    try:
        rgb = reformatter.reformat(frame, *size, "rgb24")
    except FFmpegError:
        frame.colorspace = UNTOLD  # a colour space that FFmpeg's conversion does not know
        rgb = reformatter.reformat(frame, *size, "rgb24")
    return np.ascontiguousarray(np.rot90(rgb.to_ndarray(), round(frame.rotation / 90)))

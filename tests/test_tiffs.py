"""TIFFs by their tags and bytes: what is odd, what is cut off, and what samples the bytes are."""

import struct

import cv2
import numpy as np
import pytest

from filters import PictureError
from filters.io import deep, pictures, tiffs
from filters.io.tiffs import Page

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, ORDER, STRIPS, COUNT, ROWS, BYTES = (
    *(256, 257, 258, 259, 262, 266, 273, 277, 278, 279),
)
PLANAR, PREDICTOR, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, EXTRA, FORMAT = (
    284,
    317,
    322,
    323,
    324,
    325,
    338,
    339,
)


def read(data, tags, order="<"):
    """Read bytes as the samples of one strip, unless tags say otherwise."""
    known = {HEIGHT: 1, COUNT: 1, PHOTOMETRIC: 1, STRIPS: 0, BYTES: len(data)}
    return tiffs.samples(data, Page(0, order, known | tags))


class TestPages:
    @pytest.mark.parametrize(
        ("tags", "odd"),
        [
            ({}, False),
            ({BITS: 1}, False),
            ({BITS: 8}, False),
            ({BITS: (8, 8, 8), PHOTOMETRIC: 2}, False),
            ({BITS: 9}, True),
            ({BITS: (8, 8, 16)}, True),
            ({BITS: 8, FORMAT: 1}, False),
            ({BITS: 8, FORMAT: 4}, False),  # untold
            ({BITS: 8, FORMAT: (2, 2)}, True),
            ({BITS: 8, FORMAT: 3}, True),
            ({BITS: 8, PHOTOMETRIC: 8}, True),
            ({BITS: 16, COMPRESSION: 7}, False),  # JPEG
            *(({BITS: 16, COMPRESSION: known}, True) for known in (1, 5, 8, 32773, 32946, 34925, 50000)),
            *(({BITS: 16, COMPRESSION: other}, False) for other in (2, 6, 9, 32774, 32947, 34926, 50001)),
        ],
    )
    def test_what_pillow_would_not_read_as_it_is_meant(self, tags, odd):
        assert Page(0, "<", tags).is_odd is odd

    @pytest.mark.parametrize(
        ("tags", "lacks"),
        [
            ({HEIGHT: 20, ROWS: 10, STRIPS: (8, 9)}, False),
            ({HEIGHT: 20, ROWS: 10, STRIPS: 8}, True),
            ({HEIGHT: 21, ROWS: 10, STRIPS: (8, 9)}, True),
            ({HEIGHT: 21, ROWS: 10, STRIPS: (8, 9, 10)}, False),
            ({HEIGHT: 20, STRIPS: 8}, False),  # all rows in one
            ({HEIGHT: 20, ROWS: 2**32 - 1, STRIPS: 8}, False),
            ({HEIGHT: 2, ROWS: 0, STRIPS: 8}, True),  # a row each
            ({HEIGHT: 2, ROWS: 0, STRIPS: (8, 9)}, False),
            ({HEIGHT: 20, ROWS: 10}, False),  # tiles
            ({HEIGHT: 20, ROWS: 10, STRIPS: (1, 2, 3, 4, 5), PLANAR: 2, COUNT: 3}, True),
            ({HEIGHT: 20, ROWS: 10, STRIPS: (1, 2, 3, 4, 5, 6), PLANAR: 2, COUNT: 3}, False),
            ({HEIGHT: 20, ROWS: 10, STRIPS: (1, 2), PLANAR: 2}, False),
            ({HEIGHT: 20, ROWS: 10, STRIPS: (1, 2), PLANAR: 1, COUNT: 3}, False),
            ({HEIGHT: 20, ROWS: 10, STRIPS: (1, 2), COUNT: 3}, False),
        ],
    )
    def test_rows_without_strips(self, tags, lacks):
        assert Page(0, "<", tags).lacks_strips is lacks

    def test_values_of_tags(self):
        page = Page(0, "<", {256: 7, 258: (8, 16)})
        assert (page.get(256), page.get(258), page.get(300), page.get(300, 5)) == (7, 8, 0, 5)
        assert (page.all(256), page.all(258), page.all(300)) == ((7,), (8, 16), ())

    @pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
    def test_pages_one_after_the_other(self, order, big):
        mark = b"II" if order == "<" else b"MM"
        head = struct.pack(order + ("HHHQ" if big else "HI"), *((43, 8, 0, 16) if big else (42, 8)))
        data, start = mark + head, 16 if big else 8
        for number in range(3):  # the second is a preview
            if big:
                entries = struct.pack(order + "HHQI4x", 254, 4, 1, int(number == 1))
                entries += struct.pack(order + "HHQI4x", 256, 4, 1, 10 + number)
                directory = struct.pack(order + "Q", 2) + entries
                start += len(directory) + 8
                data += directory + struct.pack(order + "Q", start if number < 2 else 0)
            else:
                entries = struct.pack(order + "HHII", 254, 4, 1, int(number == 1))
                entries += struct.pack(order + "HHII", 256, 4, 1, 10 + number)
                directory = struct.pack(order + "H", 2) + entries
                start += len(directory) + 4
                data += directory + struct.pack(order + "I", start if number < 2 else 0)
        found = tiffs.pages(data)
        assert [(page.index, page.order, page.get(256)) for page in found] == [(0, order, 10), (2, order, 12)]

    @pytest.mark.parametrize(("kind", "counts"), [(1, False), (4, False), (5, False), (2, True), (0, True)])
    def test_previews_and_masks_are_no_pages_unless_there_is_nothing_else(self, kind, counts):
        entry = struct.pack("<HHII", 254, 4, 1, kind)
        first = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 26)
        alone = first[:-4] + bytes(4)
        other = struct.pack("<H", 1) + struct.pack("<HHII", 256, 4, 1, 9) + bytes(4)
        assert [page.index for page in tiffs.pages(alone)] == [0]
        assert [page.index for page in tiffs.pages(first + other)] == ([0, 1] if counts else [1])

    def test_without_a_page_it_is_told(self):
        with pytest.raises(PictureError, match=r"a\.tif is damaged \(it has no page\)"):
            pictures.decode(b"II*\0" + bytes(12), "a.tif")


class TestSamples:
    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize(
        ("kind", "number"), [("u1", 1), ("u2", 1), ("u4", 1), ("i2", 2), ("i4", 2), ("f2", 3), ("f4", 3), ("f8", 3)]
    )
    def test_numbers_of_every_kind(self, order, kind, number):
        values = np.array([[0, 1, 77], [3, 100, 5]]).astype(order + kind)
        size = values.dtype.itemsize
        tags = {WIDTH: 3, HEIGHT: 2, BITS: 8 * size, FORMAT: number}
        found = read(values.tobytes(), tags, order)
        assert found.values.dtype == np.dtype(kind) and (found.values[..., 0] == values).all()
        assert found.alpha is None and not found.premultiplied and found.photometric == 1
        assert found.white == (255 if size == 1 else None)

    @pytest.mark.parametrize("bits", [1, 4, 10, 12, 14, 24, 31])
    @pytest.mark.parametrize("order", ["<", ">"])
    def test_bits_that_fill_no_bytes(self, bits, order):
        rng = np.random.default_rng(bits)
        values = rng.integers(0, 2**bits, (130, 5, 3))
        rows = (values.reshape(130, 15, 1) >> np.arange(bits - 1, -1, -1)) & 1
        if bits == 24 and order == "<":  # whole bytes have the file's order
            rows = rows.reshape(130, 15, 3, 8)[:, :, ::-1]
        data = np.packbits(rows.reshape(130, -1).astype(np.uint8), axis=1).tobytes()
        tags = {WIDTH: 5, HEIGHT: 130, BITS: (bits,) * 3, COUNT: 3, PHOTOMETRIC: 2}
        found = read(data, tags, order)
        assert (found.values == values).all() and found.white == 2**bits - 1

    def test_one_bit_is_what_is_not_told(self):
        found = read(bytes([0b10110000]), {WIDTH: 4})
        assert found.values[..., 0].tolist() == [[1, 0, 1, 1]] and found.white == 1

    def test_bits_from_the_lowest_on(self):
        data = np.uint8([0b10000000, 0b00000011])
        assert read(data.tobytes(), {WIDTH: 2, BITS: 8, ORDER: 2}).values[..., 0].tolist() == [[1, 0b11000000]]
        assert read(data.tobytes(), {WIDTH: 2, BITS: 8, ORDER: 1}).values[..., 0].tolist() == [[128, 3]]

    def test_differences(self):
        values = np.uint16([[[1000, 5], [990, 7], [65535, 9]]])
        data = np.diff(values, axis=1, prepend=np.uint16(0)).astype("<u2").tobytes()
        tags = {WIDTH: 3, BITS: 16, COUNT: 2, EXTRA: 2, PREDICTOR: 2}
        found = read(data, tags)
        assert found.values[..., 0].tolist() == [[1000, 990, 65535]] and found.alpha.tolist() == [[5, 7, 9]]

    @pytest.mark.parametrize(
        ("extra", "alpha", "premultiplied"),
        [
            ((), None, False),
            ((0,), None, False),
            ((2,), 1, False),
            ((1,), 1, True),
            ((0, 2), 2, False),
            ((0, 1), 2, True),
        ],
    )
    def test_which_channel_is_alpha(self, extra, alpha, premultiplied):
        values = np.arange(9, dtype=np.uint8).reshape(1, 3, 3)
        tags = {WIDTH: 3, BITS: (8, 8, 8), COUNT: 3, EXTRA: extra}
        found = read(values.tobytes(), tags)
        assert found.values.tolist() == values[..., :1].tolist() and found.premultiplied == premultiplied
        assert (found.alpha is None) if alpha is None else (found.alpha == values[..., alpha]).all()

    @pytest.mark.parametrize("apart", [False, True])
    def test_tiles_reach_past_the_borders(self, apart):
        values = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
        padded = np.pad(values, ((0, 1), (0, 1), (0, 0)), constant_values=200)
        planes = [padded[..., c : c + 1] for c in range(3)] if apart else [padded]
        pieces = [p[top : top + 2, left : left + 4] for p in planes for top in (0, 2, 4) for left in (0, 4)]
        data = b"".join(piece.tobytes() for piece in pieces)
        lengths = [piece.nbytes for piece in pieces]
        starts = np.cumsum([0, *lengths[:-1]]).tolist()
        tags = {WIDTH: 7, HEIGHT: 5, BITS: (8,) * 3, COUNT: 3, PHOTOMETRIC: 2, PLANAR: 2 if apart else 1}
        tags |= {TILE_WIDTH: 4, TILE_HEIGHT: 2, TILES: tuple(starts), TILE_BYTES: tuple(lengths)}
        assert (read(data, tags).values == values).all()

    def test_gray_and_alpha_in_planes(self):
        data = bytes([1, 2, 3, 7, 8, 9])
        tags = {WIDTH: 3, BITS: (8, 8), COUNT: 2, PLANAR: 2, EXTRA: 2, STRIPS: (0, 3), BYTES: (3, 3)}
        found = read(data, tags)
        assert found.values[..., 0].tolist() == [[1, 2, 3]] and found.alpha.tolist() == [[7, 8, 9]]

    def test_strips_and_the_last_one_shorter(self):
        values = np.arange(35, dtype=np.uint8).reshape(5, 7, 1)
        tags = {WIDTH: 7, HEIGHT: 5, BITS: 8, ROWS: 2, STRIPS: (3, 17, 31), BYTES: (14, 14, 7)}
        assert (read(b"abc" + values.tobytes(), tags).values == values).all()
        with pytest.raises(ValueError, match="it is cut off"):
            read(b"abc" + values.tobytes()[:-1], tags)

    def test_strips_that_lack_are_not_made_up(self):
        with pytest.raises(ValueError, match="it is cut off"):
            read(b"ab", {WIDTH: 1, HEIGHT: 2, BITS: 8, ROWS: 1, STRIPS: 0, BYTES: 1})

    def test_one_strip_whose_length_is_not_told(self):
        page = Page(0, "<", {WIDTH: 3, HEIGHT: 2, BITS: 8, PHOTOMETRIC: 1, STRIPS: 4})
        assert tiffs.samples(b"head123456", page).values[..., 0].tolist() == [[49, 50, 51], [52, 53, 54]]

    @pytest.mark.parametrize(
        ("tags", "told"),
        [
            ({PHOTOMETRIC: 3}, "this kind of TIFF is not read"),
            ({PHOTOMETRIC: 2}, "this kind of TIFF is not read"),  # three colours, of which one is there
            ({COMPRESSION: 7}, "this kind of TIFF is not read"),
            ({BITS: (8, 16), COUNT: 2}, "different depths"),
            ({WIDTH: 0}, "it has no pixels"),
            ({HEIGHT: 0}, "it has no pixels"),
            ({TILE_WIDTH: 4, TILE_HEIGHT: 0}, "it has no pixels"),
            ({TILE_WIDTH: 2**14, TILE_HEIGHT: 2**14, TILES: 0, TILE_BYTES: 4}, "its tiles are too large"),
            ({BITS: 40}, "its 40 bits are not read; save it with 16"),
            ({BITS: 33}, "its 33 bits are not read"),
            ({BITS: 12, FORMAT: 2}, "its 12 bits are not read"),
            ({BITS: 12, FORMAT: 3}, "its 12 bits are not read"),
            ({BITS: 12, PREDICTOR: 2}, "its 12 bits are not read"),
            ({BITS: 8, FORMAT: 3}, "its 8 bits are not read"),
            ({WIDTH: 50_000, HEIGHT: 50_001, BITS: 8}, "1 channels of 8 bits are too many"),
            ({WIDTH: 100_000, HEIGHT: 100_000, COUNT: 9, BITS: (16,) * 9}, "9 channels of 16 bits are too many"),
        ],
    )
    def test_what_is_not_read_is_told(self, tags, told):
        with pytest.raises(ValueError, match=told):
            read(bytes(64), {WIDTH: 4, BITS: 8} | tags)

    def test_the_largest_tiles_and_pages_are_not_refused(self):
        """They only lack their bytes."""
        for tags in (
            {TILE_WIDTH: 2**14, TILE_HEIGHT: 2**13, TILES: 0, TILE_BYTES: 4},
            {WIDTH: 50_000, HEIGHT: 50_000},
        ):
            with pytest.raises(ValueError, match="it is cut off"):
                read(bytes(64), {WIDTH: 4, BITS: 8} | tags)

    def test_inks_have_four_channels(self):
        values = np.arange(8, dtype=np.uint16).reshape(1, 2, 4) * 8000
        tags = {WIDTH: 2, BITS: (16,) * 4, COUNT: 4, PHOTOMETRIC: 5}
        found = read(values.tobytes(), tags)
        assert (found.values == values).all() and found.alpha is None
        image, _ = deep.image_of(found)
        assert image.mode == "CMYK" and np.array(image)[0, 1].tolist() == [125, 156, 187, 218]


class TestDeep:
    @pytest.mark.parametrize(
        ("values", "white"),
        [
            (np.uint8([3]), 255),
            (np.uint16([0]), 255),
            (np.uint16([1023]), 1023),
            (np.uint16([1024]), 4095),
            (np.uint16([4096]), 65535),
            (np.int16([1024, -9]), 4095),
            (np.uint32([65535]), 65535),
            (np.uint32([65536]), 2**32 - 1),
            (np.zeros(0, np.uint16), 255),
            (np.float32([2.0]), 1),
            (np.float32([2.01]), 255),
            (np.float32([510]), 255),
            (np.float32([511]), 65535),
            (np.float32([1, np.nan, np.inf]), 1),
            (np.zeros(0, np.float32), 1),
        ],
    )
    def test_white_by_hand(self, values, white):
        assert deep.white_of(values) == white

    def test_a_few_highlights_of_floats_tell_nothing(self):
        values = np.ones(4000, np.float32)
        values[:3] = 50
        assert deep.white_of(values) == 1
        values[:9] = 50
        assert deep.white_of(values) == 255

    def test_levels_by_hand(self):
        values = np.float32([-1, 0, 0.1, 0.5, 1, 7, np.nan, np.inf, -np.inf])
        assert deep.to_levels(values, 1.0).tolist() == [0, 0, 26, 128, 255, 255, 0, 255, 0]
        assert deep.to_levels(values, 2.0, 65535)[:6].tolist() == [0, 0, 3277, 16384, 32768, 65535]
        tall = np.arange(600, dtype=np.uint16)[:, None]
        levels = deep.to_levels(tall, 599.0)
        assert levels.dtype == np.uint8 and (levels == np.rint(tall / 599 * 255)).all()

    def test_premultiplied_colours_are_divided_by_their_alpha(self):
        values, alpha = np.uint8([[[20, 30, 40], [20, 30, 40], [9, 9, 9]]]), np.uint8([[51, 255, 0]])
        image, seen = deep.image_of(tiffs.Samples(values, alpha, True, tiffs.RGB, 255.0))
        assert np.array(image)[0, :2].tolist() == [[100, 150, 200], [20, 30, 40]]
        assert seen.tolist() == [[51, 255, 0]]
        image, _ = deep.image_of(tiffs.Samples(values, alpha, False, tiffs.RGB, 255.0))
        assert (np.array(image) == values).all()

    def test_no_numbers_are_transparent(self):
        values = np.float32([[[0.5], [np.nan], [1]]])
        image, alpha = deep.image_of(tiffs.Samples(values, None, False, tiffs.BLACK_IS_ZERO, None))
        assert alpha.tolist() == [[255, 0, 255]] and np.array(image)[0].tolist() == [32768, 0, 65535]
        seen = tiffs.Samples(values, np.float32([[0.2, 1, 1]]), False, tiffs.BLACK_IS_ZERO, None)
        assert deep.image_of(seen)[1].tolist() == [[51, 0, 255]]
        white = deep.image_of(tiffs.Samples(values, None, False, tiffs.WHITE_IS_ZERO, None))[0]
        assert np.array(white)[0, ::2].tolist() == [32767, 0]

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (
                np.uint8([[[128, 0, 0], [255, 0, 0], [128, 60, 256 - 50]]]),
                [(50.2, 0, 0), (100, 0, 0), (50.2, 60, -50)],
            ),
            (np.uint16([[[32768, 0, 0], [32768, 15360, 65536 - 12800]]]), [(50, 0, 0), (50, 60, -50)]),
            (np.float32([[[50, 60, -50]]]), [(50, 60, -50)]),
        ],
    )
    def test_cielab_of_all_kinds(self, values, expected):

        image, alpha = deep.image_of(tiffs.Samples(values, None, False, tiffs.CIELAB, None))
        rgb = cv2.cvtColor(np.float32([expected]), cv2.COLOR_LAB2RGB)
        assert alpha is None and np.abs(np.array(image) - np.clip(rgb, 0, 1) * 255).max() <= 1

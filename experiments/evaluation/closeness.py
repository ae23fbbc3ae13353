"""How close two pictures are, pixel by pixel and without a network: PSNR, SSIM, CIEDE2000."""

import numpy as np
from skimage.color import deltaE_ciede2000
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from filters.color import rgb_to_lab
from filters.io.pictures import Picture

# dB. The PSNR of equal pictures is infinite: in means, it and all above this count as this.
MOST_DB = 100.0


def psnr(original: Picture, result: Picture) -> float:
    """Return the peak signal-to-noise ratio of ``uint8`` pictures over all channels, in dB; inf for equal ones.

    Examples
    --------
    >>> black, gray = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 51, np.uint8)
    >>> round(psnr(black, gray), 2)
    13.98
    >>> psnr(gray, gray)
    inf
    """
    with np.errstate(divide="ignore"):
        return float(peak_signal_noise_ratio(original, result, data_range=255))


def ssim(original: Picture, result: Picture) -> float:
    """Return the structural similarity of ``uint8`` RGB pictures, the mean over channels (Wang et al. 2004)."""
    similarity = structural_similarity(original, result, channel_axis=2)
    return float(similarity)  # pyright: ignore[reportArgumentType]  # not a tuple without `full`


def ciede2000(original: Picture, result: Picture) -> float:
    """Return the mean CIEDE2000 colour difference of ``uint8`` RGB pictures (Sharma et al. 2005); 0 is equal."""
    return float(deltaE_ciede2000(rgb_to_lab(original), rgb_to_lab(result)).mean())

"""Optical flow: where each pixel of a picture is found in another one."""

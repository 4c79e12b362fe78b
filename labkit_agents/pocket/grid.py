"""Why a reply is the same in any batch, in any order and with any linear algebra library.

Floating-point sums depend on the order of their terms, and libraries choose the order by the shape of the matrix.
Here every factor is a whole multiple of a power of two, and small enough that each product and each sum of products
fits into the 53 bits of a double. Then nothing is ever rounded inside a matrix product, and order does not matter.
What a step gives is rounded to the grid again, on purpose, and the same way everywhere.

Bits: activations are multiples of 2^-16 and below 2^7 (23 bits), weights multiples of 2^-14 and below 2^3 (17 bits),
and no sum has more than 2^8 terms (8 bits): 48 of 53. Attention: shares are multiples of 2^-18 and at most 1 (18 bits
for their size), values have 23, and a text has fewer than 2^12 tokens (12 bits): 53.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ACTIVATION_BITS = 16
WEIGHT_BITS = 14
SHARE_BITS = 18
LARGEST_ACTIVATION = 2.0**7
LARGEST_WEIGHT = 2.0**3


def on_grid(x: Floats, bits: int = ACTIVATION_BITS) -> Floats:
    """Round x, in place, to whole multiples of 2^-bits, halves to even.

    Adding 1.5 * 2^(52 - bits) leaves no room for finer bits, so the processor rounds; taking it away again is exact.

    >>> on_grid(np.array([0.3, 0.5, -0.3]), bits=1)
    array([ 0.5,  0.5, -0.5])
    """
    shift = 1.5 * 2.0 ** (52 - bits)
    x += shift
    x -= shift
    return x

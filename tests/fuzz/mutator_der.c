/* SPDX-License-Identifier: BSD-2-Clause */

/* For targets whose input is one BER object. */

#include "tests/fuzz/mutate.h"

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return mutate_der(data, size, max, seed);
}

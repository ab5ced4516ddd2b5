/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's: `data` has room for `max`; the new size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* What is being changed in place. */
struct text {
	uint8_t *data;
	size_t size, max;
	bool failed; /* it would have become too long */
};

/* mutate_der(): see mutate_der.c. */
size_t mutate_der(uint8_t *data, size_t size, size_t max, unsigned seed);

#endif

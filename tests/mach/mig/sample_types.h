/* Types of sample.defs. */
#ifndef ISTHMUS_TESTS_MACH_SAMPLE_TYPES_H
#define ISTHMUS_TESTS_MACH_SAMPLE_TYPES_H

#include <stdint.h>

typedef char sample_text_t[64];
typedef int32_t *sample_words_t;

#endif

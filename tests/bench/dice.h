/*
 * dice: the random numbers of the benchmark repositories (splitmix64). The same seed rolls the same numbers on every
 * machine, so that the same shape always has the same commit ids; nothing here is meant to be unpredictable.
 */
#ifndef BENCH_DICE_H
#define BENCH_DICE_H

#include <stdint.h>

struct dice {
    uint64_t state;
};

/* The next 64 bits. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static inline uint64_t
dice_roll(struct dice *dice)
{
    uint64_t z = (dice->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* A whole number from 0 to ${sides} - 1. */
static inline unsigned
dice_below(struct dice *dice, unsigned sides)
{
    return (unsigned)(dice_roll(dice) % sides);
}

/* A number from 0 up to, not including, 1: 53 bits, so that no machine rounds it. */
static inline double
dice_unit(struct dice *dice)
{
    return (double)(dice_roll(dice) >> 11) / (double)(UINT64_C(1) << 53);
}

#endif

/*
 * Functions of the memory rows, by the file that they stand in; the table
 * is in area_memory.c.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_MEMORY_H
#define ISTHMUS_SURVEY_PROBE_AREA_MEMORY_H

#include "survey/probe/area_row_util.h"

/* area_memory_map.c */
probe_fn mm_anonymous, mm_zero_length, mm_fixed_noreplace, mm_hint, mm_guard,
    mm_madv_guard, mm_stack, mm_growsdown, mm_32bit, mm_populate, mm_prefault,
    mm_mincore, mm_mremap, mm_dontunmap, mm_shared_fork, mm_inherit_zero,
    mm_inherit_none, mm_inherit_share, mm_wipeonfork, mm_dontfork, mm_dontneed,
    mm_free, mm_protect, mm_write_exec, mm_prot_max, mm_past_end,
    mm_file_shared;

/* area_memory_vm.c */
probe_fn mm_mlock, mm_mlock_limit, mm_mlock2, mm_memfd, mm_memfd_secret,
    mm_mseal, mm_membarrier, mm_pkey, mm_hugetlb, mm_aligned, mm_pagesizes,
    mm_shm_largepage, mm_aslr, mm_aslr_off, mm_wxmap, mm_overcommit,
    mm_rlimit_as, mm_brk, mm_msync, mm_madv_nocore, mm_madv_protect,
    mm_oom_score, mm_ksm;

#endif

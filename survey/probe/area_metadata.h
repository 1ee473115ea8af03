/*
 * Functions of the metadata rows, by the file that they stand in; the table
 * is in area_metadata.c.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_METADATA_H
#define ISTHMUS_SURVEY_PROBE_AREA_METADATA_H

#include "survey/probe/area_row_util.h"

/* area_metadata_attr.c */
probe_fn md_xattr_user, md_xattr_link, md_xattr_trusted, md_xattr_security,
    md_xattr_flags, md_setxattrat, md_acl_posix, md_setflags, md_immutable,
    md_fsxattr, md_name_to_handle, md_open_by_handle, md_quotactl,
    md_extattr_user, md_extattr_link, md_extattr_system, md_acl_nfs4,
    md_chflags, md_lchflags, md_uchg, md_schg, md_getfh, md_st_flags_gen;

/* area_metadata_dir.c */
probe_fn md_d_type, md_seekdir, md_readdir_unlink, md_getdents,
    md_getdirentries, md_read_directory, md_getcwd_deleted, md_getcwd_renamed,
    md_realpathat, md_realpath, md_mkfifo, md_mknod_fifo, md_mknod_file,
    md_mknod_socket, md_mknod_device, md_mknod_user;

/* area_metadata_file.c */
probe_fn md_flock, md_flock_fork, md_fcntl_lock, md_fcntl_lock_close,
    md_ofd_lock, md_flock_fcntl, md_exlock, md_lease, md_fsync_directory,
    md_fsync_read_only, md_fdatasync, md_sync_file_range, md_syncfs,
    md_o_direct, md_o_sync, md_o_dsync, md_o_append, md_pwrite_append,
    md_fadvise, md_text_busy;

/* area_metadata_name.c */
probe_fn md_rename_noreplace, md_rename_exchange, md_rename_whiteout,
    md_renameat, md_rename_same, md_inode_stable, md_link_of_link,
    md_linkat_nofollow, md_linkat_follow, md_linkat_empty, md_readlink_short,
    md_readlink_size, md_symlinkat, md_removedir_link, md_unlink_directory,
    md_funlinkat, md_case, md_name_max, md_name_bytes, md_name_forms,
    md_path_max, md_symlink_depth, md_symlink_loop, md_nofollow_errno;

/* area_metadata_owner.c */
probe_fn md_lchown, md_fchownat_link, md_fchownat_empty, md_chown_given,
    md_fchmodat_link, md_lchmod, md_fchmodat_file, md_fchmodat2, md_chown_suid,
    md_chown_same_suid, md_write_suid, md_truncate_suid, md_setgid_foreign,
    md_sticky_file, md_unlink_readonly, md_unlink_in_readonly, md_group_inherit,
    md_setgid_directory, md_umask, md_eaccess, md_unlink_sticky,
    md_chmod_foreign;

/* area_metadata_space.c */
probe_fn md_posix_fallocate, md_posix_fallocate_memory,
    md_posix_fallocate_tmpfs, md_posix_fallocate_mounts, md_fallocate_keep_size,
    md_fallocate_punch, md_fallocate_zero, md_fallocate_collapse,
    md_fallocate_insert, md_reclone, md_dedupe, md_fspacectl, md_clone_range,
    md_seek_hole, md_seek_hole_end, md_sparse, md_truncate_grow, md_statvfs,
    md_fstatvfs, md_statvfs_flags, md_statfs_type, md_fstatfs, md_link_max,
    md_pc_name_max, md_pc_path_max, md_pipe_buf, md_min_hole,
    md_chown_restricted, md_st_blocks;

/* area_metadata_time.c */
probe_fn md_utime_now, md_utime_omit, md_utimensat_link, md_utimensat_empty,
    md_futimens, md_lutimes, md_futimes, md_futimesat, md_mtime_one,
    md_mtime_zero, md_mtime_1969, md_mtime_minus_one, md_mtime_2038,
    md_mtime_2106, md_birthtim, md_birth_moves, md_birth_rename, md_stat_ns,
    md_ctime_set, md_atime_read, md_noatime, md_statx, md_statx_btime,
    md_statx_mount;

#endif

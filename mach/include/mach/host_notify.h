/*
 * What host_request_notification() announces, and by which message.
 * Facts: xnu-11417.101.15 osfmk/mach/host_notify.h
 */
#ifndef _MACH_HOST_NOTIFY_H_
#define _MACH_HOST_NOTIFY_H_

#define HOST_NOTIFY_CALENDAR_CHANGE 0
#define HOST_NOTIFY_CALENDAR_SET 1
#define HOST_NOTIFY_TYPE_MAX 1

#define HOST_CALENDAR_CHANGED_REPLYID 950
#define HOST_CALENDAR_SET_REPLYID 951

#endif /* !_MACH_HOST_NOTIFY_H_ */

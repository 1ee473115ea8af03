/* Declared with their successors. */
#ifndef _exc_user_
#define _exc_user_

#include <mach/mach_exc.h>

#endif /* !_exc_user_ */

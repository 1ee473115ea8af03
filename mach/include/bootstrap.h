/* Older place of <servers/bootstrap.h>. */
#include <servers/bootstrap.h>

/* Older place of <servers/bootstrap_priv.h>. */
#include <servers/bootstrap_priv.h>

/*
 * The client's side of the bootstrap server.  What asks it comes with it; so
 * far there are the texts of its results.
 */
#include <mach/mach_error.h>
#include <servers/bootstrap.h>

const char *
bootstrap_strerror(kern_return_t r)
{
	switch (r) {
	case BOOTSTRAP_SUCCESS:
		return ("Success");
	case BOOTSTRAP_NOT_PRIVILEGED:
		return ("Permission denied");
	case BOOTSTRAP_NAME_IN_USE:
	case BOOTSTRAP_SERVICE_ACTIVE:
		return ("Service name already exists");
	case BOOTSTRAP_UNKNOWN_SERVICE:
		return ("Unknown service name");
	case BOOTSTRAP_BAD_COUNT:
		return ("Too many lookups were requested in one request");
	case BOOTSTRAP_NO_MEMORY:
		return ("Out of memory");
	case BOOTSTRAP_NO_CHILDREN:
		return ("No children");
	default:
		return (mach_error_string(r));
	}
}

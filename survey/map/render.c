/* Picks the renderer of a format. */
#include <errno.h>

#include "base/fail.h"
#include "survey/map/map.h"

bool
isth_map_render(const struct isth_map *map, enum isth_format format, FILE *out,
    struct error *e)
{
	bool ok;

	switch (format) {
	case ISTH_FORMAT_TABLE:
	case ISTH_FORMAT_TEXT:
		ok = map_render_text(map, out, e);
		break;
	case ISTH_FORMAT_MARKDOWN:
		ok = map_render_markdown(map, out, e);
		break;
	case ISTH_FORMAT_HTML:
		ok = map_render_html(map, out, e);
		break;
	case ISTH_FORMAT_JSON:
		ok = map_render_json(map, out, e);
		break;
	case ISTH_FORMAT_KV:
		ok = map_render_kv(map, out, e);
		break;
	default:
		return (fail(
		    e, EINVAL, "write map", NULL, "a map has no such format"));
	}
	if (!ok)
		return (false);
	/* A full disk shows when the buffer is written, not before. */
	if (fflush(out) != 0 || ferror(out))
		return (fail(e, errno, "write map", NULL, NULL));
	return (true);
}

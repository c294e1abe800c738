import { setTagsBody, uriQuery } from '../../api/schemas/index.ts';
import type { Core } from '../../core/core.ts';
import type { Handler } from '../ask.ts';

/** `/api/v1/fs/attrs`, and `set_tags` in both places where clients look for it. */
export function attributeRoutes(core: Core) {
  const setTags: Handler = async ({ principal, body }) => {
    const b = await body(setTagsBody);
    return core.attributes.setTags(principal, core.files.parseUri(principal, b.uri), b);
  };
  return {
    async attrs({ principal, query }) {
      return core.attributes.get(principal, core.files.parseUri(principal, query(uriQuery).uri));
    },
    attrsSetTags: setTags,
    setTags,
  } satisfies Record<string, Handler>;
}

import { forgetBody, rememberBody, reviewBody } from '../../api/schemas/index.ts';
import type { Core } from '../../core/core.ts';
import type { Handler } from '../ask.ts';

/** `/api/v1/memories`. Memories belong to the user: the actor peer of a request does not narrow them. */
export function memoryRoutes(core: Core) {
  const { memories } = core;
  return {
    async memoryRemember({ owner, body }) {
      const { text, category, peer_id } = await body(rememberBody);
      return memories.remember(owner, text, {
        ...(category === undefined ? {} : { category }),
        ...(peer_id === undefined ? {} : { peer: peer_id }),
      });
    },

    async memoryForget({ owner, body }) {
      const { uri } = await body(forgetBody);
      return memories.forget(owner, core.files.parseUri(owner, uri));
    },

    memoryReviews: ({ owner }) => memories.reviews(owner),

    async memoryReview({ owner, body }) {
      const { name, action } = await body(reviewBody);
      if (action === 'accept') return memories.accept(owner, name);
      await memories.reject(owner, name);
      return { name, outcome: 'rejected' };
    },

    memoryTidy: ({ owner }) => memories.tidy(owner),
  } satisfies Record<string, Handler>;
}

import type { z } from 'zod';
import type { SkillValidation } from '../../api/results.ts';
import {
  skillAddBody,
  skillFindBody,
  skillGetQuery,
  skillListQuery,
  skillTargetQuery,
  skillValidateBody,
} from '../../api/schemas/index.ts';
import { withDeadline } from '../../base/deadline.ts';
import { type Core, readSkillText, type SkillTarget, writeSkillText } from '../../core/index.ts';
import { VikingError } from '../../errors/index.ts';
import type { Principal } from '../../tenancy/index.ts';
import type { Ask, Handler } from '../ask.ts';
import { refuseLater } from '../later.ts';
import { localPath } from '../local-path.ts';
import type { Uploads } from '../uploads.ts';

/** `/api/v1/skills` */
export function skillRoutes(core: Core, uploads: Uploads) {
  const put = async (ask: Ask, name?: string): Promise<unknown> => {
    const b = await ask.body(skillAddBody);
    const source = sourceOf(ask, b, uploads);
    const work = core.skills.add(ask.principal, source, {
      ...target(core, ask.principal, b.target_uri),
      ...(name === undefined ? {} : { name }),
      wait: b.wait,
      ...(b.source_metadata === undefined ? {} : { sourceMetadata: b.source_metadata }),
    });
    const settled = b.temp_file_id === undefined ? work : uploads.consumed(b.temp_file_id, work);
    return b.wait && b.timeout !== undefined
      ? withDeadline(settled, b.timeout * 1_000, 'adding the skill')
      : settled;
  };

  return {
    skillAdd: (ask) => put(ask),
    skillUpdate: (ask) => put(ask, ask.params['name'] ?? ''),

    async skillList({ principal, query }) {
      const q = query(skillListQuery);
      return core.skills.list(principal, { ...target(core, principal, q.target_uri), limit: q.node_limit });
    },

    async skillFind({ principal, body }) {
      const b = await body(skillFindBody);
      return core.skills.find(principal, {
        ...target(core, principal, b.target_uri),
        query: b.query,
        limit: b.limit,
        ...(b.level === undefined ? {} : { levels: b.level }),
        ...(b.score_threshold === undefined ? {} : { scoreThreshold: b.score_threshold }),
      });
    },

    async skillValidate({ body }): Promise<SkillValidation> {
      const b = await body(skillValidateBody);
      const text = typeof b.data === 'string' ? b.data : writeSkillText(b.data);
      const skill = readSkillText(text, {
        strict: b.strict,
        ...(b.skill_dir_name === undefined ? {} : { directory: b.skill_dir_name }),
      });
      return {
        valid: skill.errors.length === 0,
        strict: b.strict,
        name: skill.name,
        description: skill.description,
        tags: skill.tags,
        allowed_tools: skill.allowedTools,
        body_lines: skill.bodyLines,
        source_path: b.source_path ?? null,
        skill_dir_name: b.skill_dir_name ?? null,
        errors: skill.errors,
        warnings: skill.warnings,
      };
    },

    async skillGet({ principal, params, query }) {
      const q = query(skillGetQuery);
      refuseLater({ ...q, include_integrity: q.include_integrity || undefined }, [
        'include_integrity',
        'level',
      ]);
      return core.skills.get(principal, params['name'] ?? '', {
        ...target(core, principal, q.target_uri),
        content: q.include_content,
        files: q.include_files,
        source: q.include_source,
      });
    },

    async skillRemove({ principal, params, query }) {
      const q = query(skillTargetQuery);
      return core.skills.remove(principal, params['name'] ?? '', target(core, principal, q.target_uri));
    },
  } satisfies Record<string, Handler>;
}

/** Exactly one of the three ways in. */
function sourceOf(
  ask: Ask,
  b: z.infer<typeof skillAddBody>,
  uploads: Uploads,
): { readonly text: string } | { readonly path: string } {
  const ways = [b.data, b.temp_file_id, b.path].filter((way) => way !== undefined);
  if (ways.length !== 1)
    throw new VikingError('INVALID_ARGUMENT', 'data, temp_file_id or path: give exactly one of them');
  if (b.temp_file_id !== undefined) return { path: uploads.claim(ask.principal, b.temp_file_id) };
  if (b.path !== undefined) return { path: localPath(ask, b.path) };
  return { text: typeof b.data === 'string' ? b.data : writeSkillText(b.data ?? {}) };
}

function target(core: Core, principal: Principal, text: string | undefined): SkillTarget {
  return text === undefined || text === '' ? {} : { root: core.files.parseUri(principal, text) };
}

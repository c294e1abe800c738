import { expect } from 'vitest';
import type { RouteWorld } from '../../helpers/route-world.ts';
import type { CasesOf, RouteCase } from './route-case.ts';

type Names =
  | 'skillAdd'
  | 'skillList'
  | 'skillFind'
  | 'skillValidate'
  | 'skillGet'
  | 'skillUpdate'
  | 'skillRemove';

const ROOT_KEY = { as: 'root' } as const;
const skill = (name: string) =>
  `---\nname: ${name}\ndescription: Says how ${name} is done.\n---\n\n# ${name}\n`;
const OURS = { name: 'ours' };
const NONE = { name: 'none' };
const BAD_NAME = { params: { name: 'a b' } };
const ELSEWHERE = 'viking://resources';

async function add({ result }: RouteWorld): Promise<undefined> {
  await result('bob', 'skillAdd', { json: { data: skill('ours') } });
  return undefined;
}

const foreign: RouteCase = {
  params: { name: 'anns' },
  async given({ result }) {
    await result('ann', 'skillAdd', { json: { data: skill('anns') } });
  },
};

export const skillCases: CasesOf<Names> = {
  skillAdd: {
    ok: {
      json: { data: skill('added'), temp_file_id: null, wait: true, timeout: 30, target_uri: null },
      result: { status: 'success', name: 'added', uri: 'viking://user/bob/skills/added' },
    },
    errors: {
      PERMISSION_DENIED: [
        { ...ROOT_KEY, json: { data: skill('x') } },
        { json: { temp_file_id: 'upload_nobodys' } },
        { json: { path: '/etc' } },
        { json: { data: skill('x'), target_uri: 'viking://user/ann/skills' } },
      ],
      INVALID_URI: [
        { json: { data: skill('x'), target_uri: ELSEWHERE } },
        { json: { data: skill('x'), target_uri: 'viking://agent/skills' } },
      ],
      INVALID_ARGUMENT: [
        { json: {} },
        { json: { data: '' } },
        { json: { data: skill('x'), temp_file_id: 'y' } },
        { json: { data: 7 } },
        { as: 'owner', json: { path: 'relative' } },
      ],
      SKILL_INVALID: [{ json: { data: 'no front matter' } }, { json: { data: skill('has space') } }],
      NOT_FOUND: { as: 'owner', json: { path: '/nowhere' } },
    },
  },
  skillList: {
    ok: {
      given: add,
      query: { node_limit: '1000' },
      result: { root_uri: 'viking://user/bob/skills', total: expect.any(Number) },
    },
    errors: {
      PERMISSION_DENIED: [ROOT_KEY, { query: { target_uri: 'viking://user/ann/skills' } }],
      INVALID_URI: [{ query: { target_uri: ELSEWHERE } }, { query: { target_uri: 'viking://nowhere' } }],
      INVALID_ARGUMENT: { query: { node_limit: '0' } },
    },
  },
  skillFind: {
    ok: {
      given: add,
      json: { query: 'ours', limit: 5, score_threshold: null },
      result: { skills: expect.any(Array) },
    },
    errors: {
      PERMISSION_DENIED: [
        { ...ROOT_KEY, json: { query: 'x' } },
        { json: { query: 'x', target_uri: 'viking://user/ann/skills' } },
      ],
      INVALID_URI: { json: { query: 'x', target_uri: ELSEWHERE } },
      INVALID_ARGUMENT: [
        { json: {} },
        { json: { query: ' ' } },
        { json: { query: 'x', limit: 0 } },
        { json: { query: 'x', level: 3 } },
      ],
    },
  },
  skillValidate: {
    ok: {
      json: { data: skill('checked'), strict: false, source_path: null, skill_dir_name: null },
      result: { valid: true, name: 'checked', errors: [], skill_dir_name: null },
    },
    errors: {
      PERMISSION_DENIED: { ...ROOT_KEY, json: { data: skill('x') } },
      INVALID_ARGUMENT: [{ json: {} }, { json: { data: skill('x'), strict: 'very' } }],
    },
  },
  skillGet: {
    ok: {
      given: add,
      params: OURS,
      query: { include_files: 'true' },
      result: { name: 'ours', files: [{ kind: 'definition' }] },
    },
    errors: {
      PERMISSION_DENIED: [
        { ...ROOT_KEY, params: OURS },
        { params: OURS, query: { target_uri: 'viking://user/ann/skills' } },
      ],
      INVALID_URI: { params: OURS, query: { target_uri: ELSEWHERE } },
      INVALID_ARGUMENT: [
        BAD_NAME,
        { params: { name: '../x' } },
        { params: OURS, query: { include_content: '2' } },
      ],
      NOT_FOUND: [{ params: NONE }, foreign],
      UNIMPLEMENTED: { given: add, params: OURS, query: { include_integrity: 'true' } },
    },
  },
  skillUpdate: {
    ok: {
      given: add,
      params: OURS,
      json: { data: skill('ours') },
      result: { status: 'success', name: 'ours' },
    },
    errors: {
      PERMISSION_DENIED: { ...ROOT_KEY, params: OURS, json: { data: skill('ours') } },
      INVALID_URI: { params: OURS, json: { data: skill('ours'), target_uri: ELSEWHERE } },
      INVALID_ARGUMENT: { params: OURS, json: {} },
      SKILL_INVALID: { given: add, params: OURS, json: { data: skill('other') } },
      NOT_FOUND: [
        { params: NONE, json: { data: skill('none') } },
        { ...foreign, json: { data: skill('anns') } },
      ],
    },
  },
  skillRemove: {
    ok: { given: add, params: OURS, result: { name: 'ours', privacy_deleted: false } },
    errors: {
      PERMISSION_DENIED: { ...ROOT_KEY, params: OURS },
      INVALID_URI: { params: OURS, query: { target_uri: ELSEWHERE } },
      INVALID_ARGUMENT: BAD_NAME,
      NOT_FOUND: [{ params: NONE }, foreign],
    },
  },
};

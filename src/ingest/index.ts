export { addResource, type IngestOutcome, type IngestRequest } from './add-resource.ts';
export { FETCH_MAX_BYTES, fetchSource, isRemoteSource, sourceText } from './fetch-source.ts';
export { candidateNames, resourceName } from './resource-name.ts';
export { type ScanOptions, type SkippedEntry, scanSource } from './scan.ts';
export { type OpenedSkill, openSkillSource, SKILL_FILE, type SkillSource } from './skill-source.ts';
export { readSkillText, SKILL_NAME, type SkillText, writeSkillText } from './skill-text.ts';
export { sourceError } from './source-error.ts';
export { isZip, UNZIP_LIMITS, type UnzipLimits, unzip } from './unzip.ts';

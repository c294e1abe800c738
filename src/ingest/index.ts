export { addResource, type IngestOutcome, type IngestRequest } from './add-resource.ts';
export { candidateNames, resourceName } from './resource-name.ts';
export { type ScanOptions, type SkippedEntry, scanSource } from './scan.ts';
export { isZip, UNZIP_LIMITS, type UnzipLimits, unzip } from './unzip.ts';

import { lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { hiddenIn } from '../content/index.ts';
import { VikingError } from '../errors/index.ts';
import { copyEntries, placeNew, placeTree } from './place.ts';
import { candidateNames, resourceName } from './resource-name.ts';
import { type ScannedEntry, type ScanOptions, type SkippedEntry, scanSource } from './scan.ts';
import { isZip, unzip } from './unzip.ts';

export interface IngestRequest extends ScanOptions {
  /** Absolute path of a file, directory or zip archive on this machine. */
  readonly source: string;
  /** Absolute directory that will hold the resource; must exist. */
  readonly container: string;
  /** Exact name in the container. Without it the source's name is used, or the next free `name_1` … `name_100`. */
  readonly name?: string;
  /** Refuse the import when something is skipped for another reason than these (see `SkippedEntry`). Default: warn. */
  readonly skipOnly?: ReadonlySet<string>;
  /** Directory on the content's filesystem for unfinished work. */
  readonly stagingDir: string;
}

export interface IngestOutcome {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  readonly skipped: readonly SkippedEntry[];
  /** Paths below the container that changed. */
  readonly changed: readonly string[];
}

/**
 * Brings a file, directory or zip archive into a container directory. Nothing is visible there before all of it is
 * prepared; a name that exists is updated file by file. Binary files are kept as files.
 * @throws NOT_FOUND, INVALID_ARGUMENT, TOO_LARGE, CONFLICT (no free name), NO_SPACE
 */
export async function addResource(request: IngestRequest): Promise<IngestOutcome> {
  const source = await stat(request.source).catch(() => undefined);
  if (source === undefined) {
    throw new VikingError('NOT_FOUND', `${request.source}: no such file or directory`, {
      hint: 'Give the path of a file, a directory or a zip archive on this machine.',
    });
  }
  if (!source.isFile() && !source.isDirectory()) {
    throw new VikingError('INVALID_ARGUMENT', `${request.source}: neither a file nor a directory`);
  }
  const work = hiddenIn(request.stagingDir);
  await mkdir(work, { recursive: true });
  try {
    const zip = source.isFile() && (await isZip(request.source));
    const root = zip ? await unpacked(request.source, work) : request.source;
    const directory = zip || source.isDirectory();
    const { entries, skipped } = directory ? await scanSource(root, request) : { entries: [], skipped: [] };
    assertNothingElseSkipped(skipped, request);
    const tree = join(work, 'tree');
    const bytes = directory ? await copyEntries(root, tree, entries) : await copySingle(root, tree);
    const { name, changed } =
      request.name === undefined
        ? await placeUnderFreeName(tree, request.container, nameOf(request.source, source.isFile()))
        : { name: request.name, changed: await placeTree(tree, join(request.container, request.name)) };
    return {
      name,
      files: directory ? countFiles(entries) : 1,
      bytes,
      skipped,
      changed: changed.map((path) => join(name, path)),
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function assertNothingElseSkipped(skipped: readonly SkippedEntry[], request: IngestRequest): void {
  const { skipOnly } = request;
  if (skipOnly === undefined) return;
  const refused = skipped.filter((entry) => !skipOnly.has(entry.reason));
  const [first] = refused;
  if (first === undefined) return;
  throw new VikingError(
    'INVALID_ARGUMENT',
    `${request.source}: ${refused.length} of its entries cannot be imported, the first is ${first.path} (${first.reason})`,
    {
      hint: 'Nothing was imported. Exclude them, or import without strict to leave them out.',
      details: { skipped: refused.slice(0, 100) },
    },
  );
}

/** The unpacked archive; its only top directory stands for the archive, as most archives are made. */
async function unpacked(archive: string, work: string): Promise<string> {
  const target = join(work, 'unpacked');
  await mkdir(target);
  await unzip(archive, target);
  const top = await readdir(target, { withFileTypes: true });
  return top.length === 1 && top[0]!.isDirectory() ? join(target, top[0]!.name) : target;
}

/** A single file becomes a resource directory of one file, so that it has layers of its own. */
async function copySingle(source: string, tree: string): Promise<number> {
  return copyEntries(join(source, '..'), tree, [{ path: basename(source), kind: 'file' }]);
}

function nameOf(source: string, isFile: boolean): string {
  return resourceName(isFile ? basename(source, extname(source)) : basename(source));
}

async function placeUnderFreeName(
  tree: string,
  container: string,
  wanted: string,
): Promise<{ readonly name: string; readonly changed: readonly string[] }> {
  for (const name of candidateNames(wanted)) {
    const target = join(container, name);
    // An empty directory would be replaced by the rename, and is somebody's all the same.
    const isTaken = await lstat(target).then(
      () => true,
      () => false,
    );
    if (!isTaken && (await placeNew(tree, target))) return { name, changed: [''] };
  }
  throw new VikingError('CONFLICT', `${wanted}: this name and 100 variants of it are taken`, {
    hint: 'Choose the target yourself with --to URI.',
  });
}

function countFiles(entries: readonly ScannedEntry[]): number {
  return entries.filter((entry) => entry.kind === 'file').length;
}

const MAGIC: readonly (readonly [number, string, string])[] = [
  [0, '\x89PNG', 'PNG image'],
  [0, '\xff\xd8\xff', 'JPEG image'],
  [0, 'GIF8', 'GIF image'],
  [8, 'WEBP', 'WebP image'],
  [0, 'BM', 'BMP image'],
  [0, '%PDF', 'PDF document'],
  [0, 'PK\x03\x04', 'zip archive'],
  [0, '\x1f\x8b', 'gzip data'],
  [0, 'BZh', 'bzip2 data'],
  [0, '\xfd7zXZ', 'xz data'],
  [0, '\x28\xb5\x2f\xfd', 'zstd data'],
  [0, '7z\xbc\xaf', '7z archive'],
  [257, 'ustar', 'tar archive'],
  [0, '\x7fELF', 'ELF executable'],
  [0, 'MZ', 'Windows executable'],
  [0, '\0asm', 'WebAssembly module'],
  [0, 'SQLite format 3', 'SQLite database'],
  [0, 'OggS', 'Ogg media'],
  [0, 'ID3', 'MP3 audio'],
  [0, 'fLaC', 'FLAC audio'],
  [8, 'WAVE', 'WAV audio'],
  [4, 'ftyp', 'MP4 media'],
  [0, '\x1aE\xdf\xa3', 'Matroska media'],
  [0, 'wOF', 'web font'],
  [0, '\xca\xfe\xba\xbe', 'Java class'],
  [0, '\xff\xfe', 'UTF-16 text'],
  [0, '\xfe\xff', 'UTF-16 text'],
];
const OFFICE: Readonly<Record<string, string>> = {
  docx: 'Word document',
  xlsx: 'Excel workbook',
  pptx: 'PowerPoint presentation',
  odt: 'OpenDocument text',
  epub: 'EPUB book',
  jar: 'Java archive',
  whl: 'Python wheel',
};

/** What a file that is not UTF-8 text is, by its first bytes and name: `PNG image`, `binary data`, `text, not UTF-8`. */
export function binaryKind(name: string, head: Uint8Array): string {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 512)).toString('latin1');
  const kind = MAGIC.find(([offset, magic]) => bytes.startsWith(magic, offset))?.[2];
  if (kind === 'zip archive') {
    const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
    return Object.hasOwn(OFFICE, extension) ? OFFICE[extension]! : kind;
  }
  return kind ?? (head.includes(0) ? 'binary data' : 'text, not UTF-8');
}

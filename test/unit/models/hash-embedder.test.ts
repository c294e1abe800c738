import { describe, expect, it } from 'vitest';
import { decodeVector, dot, encodeVector, folded } from '../../../src/index/vectors/codec.ts';
import { createHashEmbedder } from '../../../src/models/index.ts';

const embedder = createHashEmbedder();

async function similarity(a: string, b: string): Promise<number> {
  const [first, second] = await embedder.embed([a, b]);
  return dot(first!, second!);
}

describe('hash embedder', () => {
  it('makes unit vectors of its dimension, the same every time', async () => {
    const [one] = await embedder.embed(['mount the filesystem']);
    const [again] = await createHashEmbedder().embed(['mount the filesystem']);
    expect(one).toHaveLength(embedder.dimensions);
    expect(dot(one!, one!)).toBeCloseTo(1, 5);
    expect(again).toEqual(one);
    expect(embedder.stamp).toContain(String(embedder.dimensions));
  });

  it('answers one vector a text, in order, and zeros for no words', async () => {
    const vectors = await embedder.embed(['alpha', '', 'the of', 'beta']);
    expect(vectors).toHaveLength(4);
    expect(dot(vectors[1]!, vectors[1]!)).toBe(0);
    expect(dot(vectors[2]!, vectors[2]!)).toBe(0);
    expect(dot(vectors[0]!, vectors[3]!)).toBeLessThan(0.2);
  });

  it('is near for the same words, misspelt and joined ones, far for others', async () => {
    expect(await similarity('stale mount repair', 'repair of stale mounts')).toBeGreaterThan(0.9);
    const misspelt = await similarity('authentication', 'authentification');
    expect(misspelt).toBeGreaterThan(await similarity('authentication', 'filesystem'));
    expect(await similarity('filesystem', 'file system')).toBeGreaterThan(0.3);
    expect(await similarity('apple orchard harvest', 'kernel driver signal')).toBeLessThan(0.15);
  });

  it('weighs the terms of a query', () => {
    const plain = embedder.embedTerms(['common', 'rare']);
    const weighted = embedder.embedTerms(['common', 'rare'], (term) => (term === 'rare' ? 5 : 1));
    const rare = embedder.embedTerms(['rare']);
    expect(dot(weighted, rare)).toBeGreaterThan(dot(plain, rare));
    expect(dot(weighted, weighted)).toBeCloseTo(1, 5);
  });
});

describe('vector records', () => {
  it('keep cosines', async () => {
    const [a, b] = await embedder.embed([
      'the daemon mounts a tree',
      'a tree that the daemon serves and mounts',
    ]);
    const stored = decodeVector(encodeVector(a!), embedder.dimensions)!;
    expect(Math.abs(dot(stored, b!) - dot(a!, b!))).toBeLessThan(0.01);
    expect(encodeVector(a!).length).toBeLessThan(embedder.dimensions + 16);
  });

  it('refuse bytes of another length or without a number, and keep zeros', () => {
    expect(decodeVector(new Uint8Array(12), 1024)).toBeUndefined();
    expect(decodeVector(Uint8Array.from([0, 0, 0xc0, 0x7f, 1, 2, 3, 4]), 4)).toBeUndefined();
    expect(decodeVector(encodeVector(new Float32Array(4)), 4)).toEqual(new Float32Array(4));
  });

  it('fold to unit vectors that still tell near from far', async () => {
    const [a, b, c] = (await embedder.embed(['stale mounts', 'a stale mount', 'orchard harvest'])).map(
      (vector) => folded(vector, embedder.foldedDimensions),
    );
    expect(a).toHaveLength(embedder.foldedDimensions);
    expect(dot(a!, a!)).toBeCloseTo(1, 4);
    expect(dot(a!, b!)).toBeGreaterThan(dot(a!, c!));
  });
});

/** `work` over `inputs` with at most `width` under way at once; answers in the order of the inputs. */
export async function mapBounded<T, R>(
  inputs: readonly T[],
  width: number,
  work: (input: T) => Promise<R>,
): Promise<R[]> {
  const outputs = new Array<R>(inputs.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < inputs.length) {
      const index = next++;
      outputs[index] = await work(inputs[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, inputs.length) }, lane));
  return outputs;
}

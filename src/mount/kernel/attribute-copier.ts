import { loadBinding } from './binding.ts';

/** The addon's copy of extended attributes, see native/src/copy_attributes.h; undefined without the addon. */
export function attributeCopier(): ((from: string, to: number) => number) | undefined {
  try {
    return loadBinding().copyAttributes;
  } catch {
    return undefined;
  }
}

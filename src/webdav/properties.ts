import { type Properties, PropertyIsProtectedError, PropertyNotFoundError, type User } from 'nephele';
import type { DavResource } from './resource.ts';

type Value = string | object | object[] | undefined;
type Instruction = ['set' | 'remove', string, unknown];

const NAMES = [
  'creationdate',
  'displayname',
  'getcontentlength',
  'getcontenttype',
  'getetag',
  'getlastmodified',
  'resourcetype',
  'supportedlock',
] as const;

const LOCK_ENTRY = ['exclusive', 'shared'].map((scope) => ({
  lockscope: [{ [scope]: [{}] }],
  locktype: [{ write: [{}] }],
}));

/**
 * What is known of an entry, as properties. All of it follows from the file itself, so nothing can be set: times a
 * client asks for (`getlastmodified`) are refused as the protocol's own protected properties, and it goes on without.
 */
export class DavProperties implements Properties {
  readonly resource: DavResource;

  constructor(resource: DavResource) {
    this.resource = resource;
  }

  async get(name: string): Promise<Value> {
    const { resource } = this;
    const isCollection = await resource.isCollection();
    switch (name) {
      case 'creationdate':
        return (await resource.modified()).toISOString();
      case 'displayname':
        return resource.getCanonicalName();
      case 'getcontentlength':
        return isCollection ? missing(name) : String(await resource.getLength());
      case 'getcontenttype':
        return (await resource.getMediaType()) ?? missing(name);
      case 'getetag':
        return JSON.stringify(await resource.getEtag());
      case 'getlastmodified':
        return (await resource.modified()).toUTCString();
      case 'resourcetype':
        return isCollection ? { collection: {} } : {};
      case 'supportedlock':
        return { lockentry: LOCK_ENTRY };
      default:
        return missing(name);
    }
  }

  async getAll(): Promise<Record<string, string | object | object[]>> {
    const all: Record<string, string | object | object[]> = {};
    for (const name of await this.list()) all[name] = (await this.get(name)) ?? '';
    return all;
  }

  async list(): Promise<string[]> {
    const isCollection = await this.resource.isCollection();
    return NAMES.filter((name) => !isCollection || !name.startsWith('getcontent'));
  }

  async set(name: string): Promise<void> {
    throw refused(name);
  }

  async remove(name: string): Promise<void> {
    throw refused(name);
  }

  async runInstructions(instructions: Instruction[]): Promise<[string, Error][]> {
    return instructions.map(([, name]) => [name, refused(name)]);
  }

  listLive = () => this.list();
  listDead = async (): Promise<string[]> => [];
  getByUser = (name: string, _user: User) => this.get(name);
  setByUser = (name: string) => this.set(name);
  removeByUser = (name: string) => this.remove(name);
  runInstructionsByUser = (instructions: Instruction[]) => this.runInstructions(instructions);
  getAllByUser = () => this.getAll();
  listByUser = () => this.list();
  listLiveByUser = () => this.list();
  listDeadByUser = () => this.listDead();
}

function missing(name: string): never {
  throw new PropertyNotFoundError(`${name}: no such property here`);
}

function refused(name: string): Error {
  return new PropertyIsProtectedError(`${name}: properties follow from the file and cannot be set`);
}

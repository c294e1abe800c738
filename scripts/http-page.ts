import { writeFileSync } from 'node:fs';
import { httpPage } from '../src/api/http-page.ts';

writeFileSync(new URL('../docs/http-api.md', import.meta.url), httpPage());

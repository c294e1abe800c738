import { mountSuite } from './mount-suite.ts';

await mountSuite('kernel');

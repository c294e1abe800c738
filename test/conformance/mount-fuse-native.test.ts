import { mountSuite } from './mount-suite.ts';

mountSuite('fuse-native');

export { createWebdavDoor, WEBDAV_PREFIX, type WebdavDoor } from './door.ts';

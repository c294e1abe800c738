/** Credentials and query of a URL are where keys hide. */
export function redactUrl(text: string): string {
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    url.username = 'hidden';
    url.password = '';
  }
  if (url.search !== '') url.search = '?hidden';
  return url.toString();
}

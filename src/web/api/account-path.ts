/** The page that tells what happened to an account. @param user `ORG/NAME` */
export function historyPath(user: string): string {
  const slash = user.indexOf('/');
  const [organization, name] = [user.slice(0, slash), user.slice(slash + 1)].map(encodeURIComponent);
  return `/users/${organization}/${name}/history`;
}

// One member of an If-None-Match list (RFC 9110, 8.8.3 and 5.6.1): it may be empty, and a tag may hold commas.
const MEMBER = /[\t ]*(?:(?:W\/)?("[\x21\x23-\x7e\x80-\uffff]*")[\t ]*)?(?:,|$)/y;

/** The opaque tags of an `If-None-Match` list, `W/` dropped; none if the field is not well formed. */
export function parseEntityTags(field: string): string[] {
  const tags: string[] = [];
  let position = 0;
  while (position < field.length) {
    MEMBER.lastIndex = position;
    const match = MEMBER.exec(field);
    if (match === null) return [];
    if (match[1] !== undefined) tags.push(match[1]);
    position = MEMBER.lastIndex;
  }
  return tags;
}

/** Weak comparison (RFC 9110, 13.1.2): `*` matches any tag. @param etag the current, strong tag */
export function matchesEntityTag(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch.trim() === '*' || parseEntityTags(ifNoneMatch).includes(etag);
}

import { describe, expect, it } from 'vitest';
import { documentFile, renderSections } from '../../../bench/document.ts';
import type { Results } from '../../../bench/report.ts';
import results from '../../../bench/results.json' with { type: 'json' };
import { readSection } from '../../../scripts/markedSection.ts';

describe('docs/performance.md', () => {
  it.each(Object.entries(renderSections(results satisfies Results)))('says of %s what bench/results.json says', (section, text) => {
    expect(readSection(documentFile, section)).toBe(text);
  });
});

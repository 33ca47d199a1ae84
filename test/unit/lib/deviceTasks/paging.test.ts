import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device, DeviceStatus } from '../../../../lib/deviceTasks/device.ts';
import { planPage } from '../../../../lib/deviceTasks/paging.ts';
import { cutPage } from '../../../../lib/deviceTasks/readResults.ts';
import { lettersArbitrary, makeDevices, pageQueryArbitrary, present } from '../../../support/devices.ts';

const statuses = fc.array(fc.constantFrom<DeviceStatus>('created', 'failed'), { maxLength: 130 });
const pageSize = fc.integer({ min: 1, max: 100 });
const filter = fc.constantFrom(undefined, 'created' as const, 'failed' as const);
const withFilter = (status: DeviceStatus | undefined) => (status === undefined ? {} : { status });

/** The plain model: filter the whole list, then slice it. */
function model(all: readonly Device[], page: number, size: number, status: DeviceStatus | undefined) {
  const left = all.filter((device) => status === undefined || device.status === status);
  return { devices: left.slice((page - 1) * size, page * size), totalItems: left.length, totalPages: Math.ceil(left.length / size) };
}

describe('planPage', () => {
  it('covers what the filter leaves once each and in order, whatever the page size', () => {
    fc.assert(
      fc.property(statuses, pageSize, filter, (all, size, status) => {
        const wanted = [...all.keys()].filter((position) => status === undefined || all[position] === status);
        const { totalPages } = planPage(all, { page: 1, pageSize: size, ...withFilter(status) });
        const pages = Array.from({ length: totalPages }, (_, index) => planPage(all, { page: index + 1, pageSize: size, ...withFilter(status) }));
        expect(pages.flatMap((page) => page.positions)).toEqual(wanted);
        for (const [index, page] of pages.entries()) {
          expect(page).toMatchObject({ totalItems: wanted.length, totalPages });
          expect(page.positions.length).toBe(index + 1 < totalPages ? size : wanted.length - index * size);
        }
      }),
    );
  });

  it('has no positions and the same totals past the end', () => {
    fc.assert(
      fc.property(statuses, pageSize, filter, fc.integer({ min: 1, max: 2_147_000_000 }), (all, size, status, beyond) => {
        const { totalItems, totalPages } = planPage(all, { page: 1, pageSize: size, ...withFilter(status) });
        const past = planPage(all, { page: totalPages + beyond, pageSize: size, ...withFilter(status) });
        expect(past).toEqual({ positions: [], totalItems, totalPages });
      }),
    );
  });

  it('has no pages where nothing is left', () => {
    expect(planPage([], { page: 1, pageSize: 20 })).toEqual({ positions: [], totalItems: 0, totalPages: 0 });
    expect(planPage(['failed'], { page: 1, pageSize: 20, status: 'created' })).toEqual({ positions: [], totalItems: 0, totalPages: 0 });
  });
});

describe('cutPage', () => {
  it('is the slice of the filtered list', () => {
    fc.assert(
      fc.property(lettersArbitrary(40), pageQueryArbitrary(40), (letters, query) => {
        const all = makeDevices(letters);
        expect(cutPage(all, query, true)).toEqual(model(all, query.page, query.pageSize, query.status));
      }),
    );
  });

  it('strips every secret, and nothing else, unless they are asked for', () => {
    fc.assert(
      fc.property(lettersArbitrary(40), pageQueryArbitrary(40), (letters, query) => {
        const all = makeDevices(letters);
        const [bare, whole] = [cutPage(all, query, false), cutPage(all, query, true)];
        const stripped: unknown = JSON.parse(JSON.stringify(present(whole.devices)), (name, value: unknown) =>
          name === 'privateKey' || name === 'psk' ? undefined : value,
        );
        expect(present(bare.devices)).toEqual(stripped);
      }),
    );
  });
});

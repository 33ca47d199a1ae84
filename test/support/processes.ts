import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whether this system tells of its processes in `/proc`, as Linux does. */
export const hasProc = existsSync('/proc/self/stat');

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
}

function readProcess(pid: string): RunningProcess[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // `pid (name) state parent …`, and the name may hold anything.
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid: Number(pid), parent: Number(parent), state }];
  } catch {
    return []; // ended meanwhile
  }
}

const processes = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap(readProcess);

export const childrenOf = (pid: number) => processes().filter(({ parent }) => parent === pid).map((child) => child.pid);

/** A zombie has ended; nobody has collected it yet. */
export const isRunning = (pid: number) => processes().some((process) => process.pid === pid && !process.state.startsWith('Z'));

const descendantsOf = (pid: number): number[] => childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

function socketsOf(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${directory}/${fd}`))?.[1] ?? [];
    } catch {
      return []; // closed meanwhile
    }
  });
}

const LISTENING = '0A';

/** The TCP ports a process and its descendants listen on, and whether on IPv4's loopback address only. */
export function listeningPorts(pid: number): { readonly port: number; readonly isLoopback: boolean }[] {
  const inodes = new Set([pid, ...descendantsOf(pid)].flatMap(socketsOf));
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => readFileSync(path, 'utf8').trim().split('\n').slice(1));
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address, port = ''] = local.split(':');
    return state === LISTENING && inodes.has(inode) ? [{ port: Number.parseInt(port, 16), isLoopback: address === '0100007F' }] : [];
  });
}

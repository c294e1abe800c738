import { spawn } from 'node:child_process';

export interface ShellResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script in `cwd` with a bound: work on a mount is never done in the test's own process. `bash` because agents'
 * shells are; a script that is not done in time is killed with everything it started.
 */
export function shell(cwd: string, script: string, timeoutMs = 20_000): Promise<ShellResult> {
  return new Promise((resolve, reject) => {
    // The directory is entered by the child: spawning with a cwd on a dead mount would block here.
    const child = spawn('bash', ['--norc', '-c', `cd "$0" && ${script}`, cwd], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (piece) => (stdout += String(piece)));
    child.stderr.on('data', (piece) => (stderr += String(piece)));
    const timer = setTimeout(() => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
      child.unref();
      reject(new Error(`not done within ${timeoutMs} ms: ${script}\n${stdout}\n${stderr}`));
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
}

/** The same, for a script that must succeed: its trimmed output. */
export async function shellOutput(cwd: string, script: string, timeoutMs?: number): Promise<string> {
  const { code, stdout, stderr } = await shell(cwd, script, timeoutMs);
  if (code !== 0) throw new Error(`exit ${code}: ${script}\n${stdout}\n${stderr}`);
  return stdout.trim();
}

import { announce, byId } from './elements';

const SAID_FOR_MS = 2000;

/** Makes a button copy `link`, and say so for a moment. */
export function copyOnClick(id: string, link: string, signal: AbortSignal): void {
  const label = byId(id).querySelector('span') ?? byId(id);
  const words = label.textContent;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const reset = () => {
    clearTimeout(timer);
    label.textContent = words;
  };
  const run = async () => {
    if (!(await copyToClipboard(link)) || signal.aborted) return;
    reset();
    label.textContent = 'Copied';
    announce('Link copied');
    timer = setTimeout(reset, SAID_FOR_MS);
  };
  byId(id).addEventListener('click', () => void run(), { signal });
  signal.addEventListener('abort', reset);
}

/** Where that is not allowed, shows it to be copied by hand. */
async function copyToClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    prompt('The link to this room', text);
    return false;
  }
}

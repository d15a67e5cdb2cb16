// How the pictures share the room there is: faces alone, or large screens with the faces beside or under them.
import { byId } from './elements';

const GAP = 10;
/** Of a screen that has not said yet how large it is. */
const USUAL_RATIO = 16 / 10;

interface Size {
  width: number;
  height: number;
}

/** Lays all out anew whenever the pictures or the room for them change. @returns a function that stops it */
export function keepLaidOut(): () => void {
  const board = byId('board');
  const screens = byId('screens');
  const tiles = byId('tiles');
  const layOut = () => {
    layOutScreens(board, screens);
    const count = tiles.childElementCount;
    // One other: it has the whole stage, and one's own picture a corner of it.
    const hasCorner = count === 2 && screens.childElementCount === 0;
    tiles.dataset.count = String(count);
    tiles.dataset.corner = String(hasCorner);
    const columns = bestColumns(hasCorner ? 1 : count, sizeOf(tiles));
    // A tile spans two, so that a last row which is not full can stand in the middle.
    tiles.style.setProperty('--columns', String(2 * columns));
    const left = count % columns;
    for (const [index, tile] of [...(tiles.children as HTMLCollectionOf<HTMLElement>)].entries()) {
      tile.style.gridColumnStart = left > 0 && index === count - left ? String(columns - left + 1) : '';
    }
  };
  const resized = new ResizeObserver(layOut);
  const changed = new MutationObserver(layOut);
  resized.observe(board);
  for (const each of [screens, tiles]) changed.observe(each, { childList: true });
  // A picture says how large it is as it begins, and anew as the window that is shared changes.
  for (const type of ['loadedmetadata', 'resize']) screens.addEventListener(type, layOut, true);
  layOut();
  return () => {
    resized.disconnect();
    changed.disconnect();
    for (const type of ['loadedmetadata', 'resize']) screens.removeEventListener(type, layOut, true);
  };
}

function layOutScreens(board: HTMLElement, screens: HTMLElement): void {
  const ratios = [...screens.querySelectorAll('video')].map(
    ({ videoWidth, videoHeight }) => videoWidth / videoHeight || USUAL_RATIO,
  );
  if (ratios.length === 0) {
    board.dataset.layout = 'faces';
    return;
  }
  const { width, height } = sizeOf(board);
  const column = between(96, width * 0.2, 224);
  const row = between(104, height * 0.22, 168);
  const beside = fit(ratios, { width: width - column - GAP, height });
  const under = fit(ratios, { width, height: height - row - GAP });
  const isBeside = beside.area > under.area;
  board.dataset.layout = isBeside ? 'beside' : 'under';
  board.style.setProperty('--faces', `${column}px`);
  // No taller than they can fill: what is left is for the faces.
  board.style.setProperty('--screens', `${under.height}px`);
  screens.style.setProperty('--columns', String((isBeside ? beside : under).columns));
}

/** The columns that show the most of the screens, and the height that they then need. */
function fit(ratios: number[], { width, height }: Size): { columns: number; area: number; height: number } {
  let best = { columns: 1, area: -1, height };
  for (let columns = 1; columns <= ratios.length; columns += 1) {
    const rows = Math.ceil(ratios.length / columns);
    const cell = {
      width: (width - GAP * (columns - 1)) / columns,
      height: (height - GAP * (rows - 1)) / rows,
    };
    const widths = ratios.map((ratio) => Math.min(cell.width, cell.height * ratio));
    const heights = widths.map((each, index) => each / ratios[index]);
    const area = widths.reduce((sum, each, index) => sum + each * heights[index], 0);
    const needed = Math.max(...heights) * rows + GAP * (rows - 1);
    if (area > best.area) best = { columns, area, height: Math.min(height, needed) };
  }
  return best;
}

/** As many columns as leave the largest square in each picture: faces are in the middle. */
function bestColumns(count: number, { width, height }: Size): number {
  let best = 1;
  let largest = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const size = Math.min(width / columns, height / Math.ceil(count / columns));
    if (size > largest) [best, largest] = [columns, size];
  }
  return best;
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): Size {
  return { width: clientWidth, height: clientHeight };
}

function between(least: number, wanted: number, most: number): number {
  return Math.min(most, Math.max(least, wanted));
}

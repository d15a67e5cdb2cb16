// Who is here, and the chat: beside the stage where there is room for both, over it where not.
import { Chat } from './chat';
import { announce, byId, clearAnnouncements } from './elements';

export class Panel {
  private readonly screen = byId('call-screen');
  private readonly chat = new Chat();
  private readonly wide = matchMedia('(min-width: 62rem)');
  private unread = 0;

  constructor(signal: AbortSignal, send: (text: string) => void) {
    const onClick = (id: string, run: () => void) => byId(id).addEventListener('click', run, { signal });
    onClick('toggle-panel', () => {
      this.open(!this.isOpen);
      if (this.isOpen) byId('chat-input').focus();
    });
    onClick('close-panel', () => {
      this.open(false);
      byId('toggle-panel').focus();
    });
    byId('panel').addEventListener(
      'keydown',
      (event) => event.key === 'Escape' && byId('close-panel').click(),
      { signal },
    );
    byId('chat-form').addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        const input = byId<HTMLInputElement>('chat-input');
        const text = input.value.trim();
        if (!text) return;
        send(text);
        input.value = '';
      },
      { signal },
    );
    this.wide.addEventListener('change', () => this.open(this.isOpen), { signal });
    this.chat.clear();
    this.markUnread(0);
    this.open(this.wide.matches);
  }

  open(isOpen: boolean): void {
    this.screen.dataset.panel = isOpen ? 'open' : 'closed';
    byId('toggle-panel').setAttribute('aria-expanded', String(isOpen));
    // Nothing that is covered can be reached by keyboard.
    const isOver = isOpen && !this.wide.matches;
    const covered = ['stage', 'controls'].map((id) => byId(id));
    if (isOver && covered.some((each) => each.contains(document.activeElement))) byId('close-panel').focus();
    for (const each of covered) each.inert = isOver;
    if (!isOpen) return;
    this.markUnread(0);
    clearAnnouncements();
  }

  /** Who comes and goes, and what went wrong. */
  note(text: string): void {
    this.chat.note(text);
    if (!this.isOpen) announce(text);
  }

  ownWords(name: string, text: string): void {
    this.chat.said(name, text, true);
  }

  words(name: string, text: string): void {
    this.chat.said(name, text, false);
    if (this.isOpen) return;
    // The log says what is new by itself, but not while it is out of sight.
    announce(`${name}: ${text}`);
    this.markUnread(this.unread + 1);
  }

  private get isOpen(): boolean {
    return this.screen.dataset.panel === 'open';
  }

  private markUnread(unread: number): void {
    this.unread = unread;
    byId('unread').hidden = unread === 0;
    byId('unread-count').textContent = String(unread);
  }
}

import { byId, make } from './elements';

/** The log of what is said, and of who comes and goes. */
export class Chat {
  private readonly log = byId<HTMLOListElement>('chat-log');

  clear(): void {
    this.log.replaceChildren();
    this.note('What you write goes to everyone here, and is kept nowhere.');
  }

  said(who: string, text: string, isOwn: boolean): void {
    this.add(
      make(
        'li',
        isOwn ? 'line own' : 'line',
        make('span', 'who', isOwn ? 'You' : who),
        make('span', 'text', text),
      ),
    );
  }

  note(text: string): void {
    this.add(make('li', 'line note', text));
  }

  private add(line: HTMLLIElement): void {
    this.log.append(line);
    this.log.scrollTop = this.log.scrollHeight;
  }
}

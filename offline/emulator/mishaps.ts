/** What goes wrong with creations, at the operator's will; it may be changed while the emulator runs. */
export interface Mishaps {
  /** Share of creations that are carried out, but whose answer is lost: from 0 to 1. */
  lostAnswers: number;
  /** How long after its call a creation is carried out, in milliseconds; `Infinity`: never. */
  creationDelayMs: number;
}

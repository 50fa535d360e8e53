/**
 * Asks together what is asked at the same time: the decisions of one group are taken side by side, and a round trip for
 * each of their questions would cost more than all else.
 */
export class Together<Question, Answer> {
  readonly #ask: (questions: readonly Question[]) => Promise<readonly (Answer | undefined)[]>;
  #waiting: {
    readonly question: Question;
    readonly resolve: (answer: Answer | undefined) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];

  /** @param ask answers in the order of the questions */
  constructor(ask: (questions: readonly Question[]) => Promise<readonly (Answer | undefined)[]>) {
    this.#ask = ask;
  }

  ask(question: Question): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => void this.#send());
    });
  }

  async #send(): Promise<void> {
    const asked = this.#waiting;
    this.#waiting = [];
    try {
      const answers = await this.#ask(asked.map(({ question }) => question));
      asked.forEach(({ resolve }, index) => {
        resolve(answers[index]);
      });
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}

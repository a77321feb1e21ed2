/** How steps are computed on a machine, which decides their time and none of their bits. Plain data, told as it is. */
export type Execution = {
  readonly threads: number;
  /** Threads that wait for work keep their cores, and begin at once. */
  readonly spins: boolean;
};

/** What was measured of one way to compute a step. */
export type Tried = Execution & {
  /** Milliseconds of a step. */
  readonly stepMs: number;
};

/** What was chosen for the steps of a program, and by what. */
export type ExecutionReport = Execution & {
  readonly tried: readonly Tried[];
  /** Cores that were left to the program by what else computes on the machine; not more than it may use. */
  readonly cores: number;
};

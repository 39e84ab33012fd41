/** Why a program stays as it is; caught in one place, where programs are lowered. */
export class Unsuited extends Error {}

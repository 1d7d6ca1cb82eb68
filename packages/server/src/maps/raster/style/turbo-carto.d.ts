declare module "turbo-carto" {
  interface Datasource {
    getName(): string;
    getRamp(
      column: string,
      buckets: number,
      method: string,
      done: (error: Error | null, result?: object) => void,
    ): void;
  }
  export default function turboCarto(
    css: string,
    datasource: Datasource,
    done: (error: (Error & { context?: object }) | null, css: string, metadata: { rules: readonly object[] }) => void,
  ): void;
}

declare module "carto" {
  namespace carto {
    interface RenderedStyle {
      data: string | null;
      msg: { type: string; message: string; filename?: string; line?: number; column?: number }[] | undefined;
    }
    class Renderer {
      constructor(options: object);
      render(map: object): RenderedStyle;
    }
  }
  export default carto;
}

import { Component, type ReactNode } from "react";

/**
 * Catches what a view throws, such as the lack of code of a version that the server no longer has, and says so in
 * place of an empty page.
 */
export class Boundary extends Component<{ children: ReactNode }, { message: string | null }> {
  override state: { message: string | null } = { message: null };

  static getDerivedStateFromError(error: unknown) {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    const { message } = this.state;
    if (message === null) return this.props.children;
    return (
      <div className="failure" role="alert">
        <p>
          <strong>This page stopped working.</strong> It may have been updated on the server meanwhile.
        </p>
        <p className="failure-trace">{message}</p>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          Load it again
        </button>
      </div>
    );
  }
}

import { Component, type ReactNode } from "react";

/**
 * Catches what a view throws, such as the lack of code of a version that the server no longer has, and says so in
 * place of an empty page.
 */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="failure" role="alert">
        <p>
          <strong>This page stopped working.</strong> It may have been updated on the server meanwhile.
        </p>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          Load it again
        </button>
      </div>
    );
  }
}

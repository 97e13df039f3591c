import 'uplot/dist/uPlot.min.css';
import './console.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { expectRequests } from './requests/use-requests.ts';

// The list is drawn after the browser would have scrolled to where it was.
history.scrollRestoration = 'manual';

if (location.pathname === '/') await expectRequests();

const root = document.getElementById('console');
if (root !== null) render(<App />, root);

<?php
// Reads APP_KEY and APP_PREVIOUS_KEYS from its environment, as its own `config/app.php` does.
require 'Illuminate/autoload.php';

use Illuminate\Cookie\Middleware\AddQueuedCookiesToResponse;
use Illuminate\Cookie\Middleware\EncryptCookies;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Session\Middleware\StartSession;
use Illuminate\Support\Facades\Route;

$shown = fn (Request $request) => ['who' => $request->session()->get('who'), 'count' => $request->session()->get('count')];
$routes = function () use ($shown) {
    Route::middleware([EncryptCookies::class, AddQueuedCookiesToResponse::class, StartSession::class])->group(function () use ($shown) {
        Route::get('/', $shown);
        Route::post('/login', function (Request $request) use ($shown) {
            $request->session()->put(['who' => $request->query('who'), 'count' => 0]);
            return $shown($request);
        });
        Route::post('/add', function (Request $request) use ($shown) {
            if ($request->session()->has('who')) {
                $request->session()->increment('count');
            }
            return $shown($request);
        });
    });
};
foreach (['bootstrap/cache', 'storage/framework/views'] as $directory) {
    @mkdir(getenv('SHARED') . "/$directory", recursive: true);
}
$app = Application::configure(basePath: getenv('SHARED'))
    ->withRouting(using: $routes)
    ->withMiddleware()
    ->withExceptions()
    ->create();
$app->handleRequest(Request::capture());
